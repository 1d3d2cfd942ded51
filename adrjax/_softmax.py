"""The statistics of a row of logits that every loss here is made of.

All of them shift by the largest logit and keep the shift and the logarithm of the sum
apart: at logits of 1e4 their sum would lose three digits of float32.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Moments(NamedTuple):
    r"""What a softmax :math:`p_j = \exp(z_j - m - \log Z)` is made of, a row.

    Attributes:
        shift: :math:`m = \max_j z_j`, `[...]`.
        log_partition: :math:`\log Z = \log \sum_j e^{z_j - m}`, `[...]`.
        mean: :math:`E_p[z - m] = \sum_j p_j (z_j - m)`, `[...]`.
    """

    shift: jax.Array
    log_partition: jax.Array
    mean: jax.Array


def moments(logits: jax.Array) -> Moments:
    """Returns the moments of each row; classes of logit -inf have no part in them."""
    shift = jnp.max(logits, axis=-1)
    d = logits - shift[..., None]
    e = jnp.exp(d)
    partition = jnp.sum(e, axis=-1)
    mean = jnp.sum(jnp.where(e > 0, e * d, 0), axis=-1) / partition
    return Moments(shift, jnp.log(partition), mean)


def log_probs(logits: jax.Array, row: Moments) -> jax.Array:
    """Returns the logarithm of the softmax, `[..., num_classes]`."""
    return logits - row.shift[..., None] - row.log_partition[..., None]


def is_label(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns which entry is that of the label, bool `[..., num_classes]`."""
    classes = jax.lax.broadcasted_iota(labels.dtype, logits.shape, logits.ndim - 1)
    return classes == labels[..., None]


def is_class(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns whether each label names a class, bool `[...]`."""
    return (labels >= 0) & (labels < logits.shape[-1])


def row_of_label(matrix: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns the row of each label, 0 where it names no class, `[..., columns]`."""
    known = (labels >= 0) & (labels < matrix.shape[0])
    return jnp.where(known[..., None], matrix[labels], 0)
