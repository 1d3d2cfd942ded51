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
    r"""Complement entropy (COT): negative entropy of the wrong classes' softmax.

    Minimizing it makes the wrong classes equally likely, whatever the probability of
    the label. The authors alternate it with cross entropy: a second step on each batch,
    with a second optimizer.

    .. math:: L = -\frac{H(r)}{n}, \qquad r_j = \frac{p_j}{1 - p_y} \; (j \ne y).

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        normalizer: The number n: 1 for "none"; the number of wrong classes for "c-1",
            the paper's balanced form; the number of classes for "c", as in the authors'
            code.

    Returns:
        The loss of each example in nats, at most 0, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or the normalizer
            is unknown.

    Example:
        >>> from adrjax import losses
        >>> print(f"{losses.complement_entropy([2.0, 1.0, 1.0], 0):.3f}")
        -0.693

    Reference:
        Chen et al., Complement Objective Training, section 2.
    """
    _checks.one_of("normalizer", normalizer, ("none", "c-1", "c"))
    logits, labels = _checks.logits_and_labels(logits, labels)
    c = logits.shape[-1]
    n = {"none": 1, "c-1": max(c - 1, 1), "c": c}[normalizer]
    loss = _complement_entropy(logits, labels) / n
    return jnp.where(is_valid_label(logits, labels), loss, jnp.nan)


# Own rule because autodiff would store three arrays of the logits' shape, and log1p of
# all but the largest term because the entropy of a certain r is less than a rounding.
@jax.custom_vjp
def _complement_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    return _fwd(logits, labels)[0]


def _fwd(logits, labels):
    lowest = jnp.finfo(logits.dtype).min
    is_other = _is_other(logits, labels)
    others = jnp.where(is_other, logits, lowest)
    shift = jnp.maximum(jnp.max(others, axis=-1), lowest)
    # Finite, so that where e is 0, so are e d and its derivatives.
    d = jnp.where(is_other, jnp.maximum(others - shift[..., None], lowest), lowest)
    e = jnp.exp(d)
    largest = jnp.maximum(jnp.sum(d == 0, axis=-1, dtype=logits.dtype), 1)
    rest = jnp.sum(jnp.where(d == 0, 0, e), axis=-1)
    mean = jnp.sum(e * d, axis=-1) / (largest + rest)
    log_partition = jnp.log(largest) + jnp.log1p(rest / largest)
    row = two_sum(shift, log_partition), two_sum(shift, mean)
    return mean - log_partition, (logits, labels, *row)


def _bwd(residuals, cotangent):
    logits, labels, log_partition, mean = residuals
    lowest = jnp.finfo(logits.dtype).min
    log_r = subtract_row(logits, log_partition)
    r = jnp.exp(jnp.where(_is_other(logits, labels), log_r, lowest))
    gradient = jnp.where(r == 0, 0, r * subtract_row(logits, mean))
    return cotangent[..., None] * gradient, None


_complement_entropy.defvjp(_fwd, _bwd)


def _is_other(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns which classes are not the label, and any NaN, which is not hidden."""
    return ~label_mask(logits, labels) | jnp.isnan(logits)
