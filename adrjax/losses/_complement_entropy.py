"""Complement entropy (COT)."""

from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label, label_mask
from adrjax._softmax import subtract_row, two_sum


def complement_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    normalizer: Literal["none", "c-1", "c"] = "none",
) -> jax.Array:
    r"""Makes the wrong classes equally likely, whatever the label's probability.

    .. math:: L = -\frac{H(r)}{n}, \qquad r_j = \frac{p_j}{1 - p_y} \; (j \ne y).

    The authors alternate it with cross entropy: a second step a batch, by an optimizer
    of its own.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        normalizer: What n is: 1, "none"; the number of wrong classes, "c-1", the
            paper's balanced form; or the number of classes, "c", the authors' code.

    Returns:
        The loss of each example in nats, at most 0, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or the normalizer
            is unknown.

    Reference:
        Chen et al., Complement Objective Training, section 2.
    """
    _checks.one_of("normalizer", normalizer, ("none", "c-1", "c"))
    logits, labels = _checks.logits_and_labels(logits, labels)
    c = logits.shape[-1]
    n = {"none": 1, "c-1": max(c - 1, 1), "c": c}[normalizer]
    loss = _complement_entropy(logits, labels) / n
    return jnp.where(is_valid_label(logits, labels), loss, jnp.nan)


# Own rule because autodiff would keep three arrays of the logits' shape, and log1p of
# all but the largest term because the entropy of a certain r is less than a rounding.
@jax.custom_vjp
def _complement_entropy(logits, labels):
    return _fwd(logits, labels)[0]


def _fwd(logits, labels):
    others = jnp.where(label_mask(logits, labels), -jnp.inf, logits)
    lowest = jnp.finfo(logits.dtype).min
    shift = jnp.clip(jnp.max(others, axis=-1), lowest)
    # Finite, so that e d is 0, and so are its derivatives, where e is.
    d = jnp.maximum(others - shift[..., None], lowest)
    e = jnp.exp(d)
    largest = jnp.maximum(jnp.sum(d == 0, axis=-1, dtype=logits.dtype), 1)
    rest = jnp.sum(jnp.where(d < 0, e, 0), axis=-1)
    mean = jnp.sum(e * d, axis=-1) / (largest + rest)
    log_partition = jnp.log(largest) + jnp.log1p(rest / largest)
    row = two_sum(shift, log_partition), two_sum(shift, mean)
    return mean - log_partition, (logits, labels, *row)


def _bwd(residuals, cotangent):
    logits, labels, log_partition, mean = residuals
    r = jnp.exp(subtract_row(logits, log_partition))
    is_possible = ~label_mask(logits, labels) & (r > 0)
    slope = jnp.where(is_possible, r * subtract_row(logits, mean), 0)
    return cotangent[..., None] * slope, None


_complement_entropy.defvjp(_fwd, _bwd)
