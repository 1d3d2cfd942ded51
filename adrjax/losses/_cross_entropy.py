"""Cross entropy (CE, CCE)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import psum, shard_like
from adrjax._labels import is_valid_label, label_logit, label_mask
from adrjax._softmax import Moments, moments, softmax, subtract_row, weighted_log


def cross_entropy(
    logits: ArrayLike, labels: ArrayLike, *, class_axis: str | None = None
) -> jax.Array:
    r"""Softmax cross entropy (CE, CCE) with integer labels or target distributions.

    .. math:: L = -\sum_j y_j \log p_j, \qquad
        \frac{\partial L}{\partial z_j} = p_j \sum_k y_k - y_j.

    Integers are the `softmax_cross_entropy_with_integer_labels` of optax, the
    `cross_entropy` of torch without its reduction and the sparse categorical cross
    entropy of keras; floats are `optax.softmax_cross_entropy`. Class weights are a
    factor of the result, `weights[labels] * losses.cross_entropy(logits, labels)`.

    A label outside 0..num_classes-1 raises if it is known while tracing. If it is
    traced, its loss is NaN and its gradient 0. The same holds for a distribution with a
    NaN, which `targets` return for these labels. So ignored examples, of the label -1
    for instance, are left out by `jnp.mean(losses, where=labels >= 0)`.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`, or distributions over the classes,
            `[..., num_classes]`, floating. Gradient flows into distributions too.
        class_axis: The device axis over which the classes are split, if any; labels
            are then the result of `heads.labels_on_shard`. See `heads.ShardedCosine`.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If the shapes do not fit or a label is not a class.

    Example:
        >>> from adrjax import losses
        >>> print(f"{losses.cross_entropy([2.0, 1.0, 0.0], 0):.3f}")
        0.408
        >>> print(f"{losses.cross_entropy([2.0, 1.0, 0.0], [0.8, 0.1, 0.1]):.3f}")
        0.708

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Eq. (1).
    """
    logits = _checks.scores("logits", logits)
    if jnp.issubdtype(jnp.asarray(labels).dtype, jnp.floating):
        targets = _checks.distributions_of(logits, labels)
        return _soft_cross_entropy(class_axis, logits, targets)
    return _cross_entropy(class_axis, logits, _checks.labels_of(logits, labels))


# Own rules because autodiff would store the probabilities, `[..., num_classes]`, which
# the backward pass computes again from two numbers a row.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _cross_entropy(
    class_axis: str | None, logits: jax.Array, labels: jax.Array
) -> jax.Array:
    return _fwd(class_axis, logits, labels)[0]


def _fwd(class_axis, logits, labels):
    row = moments(logits, class_axis)
    label = label_logit(logits, labels, class_axis)[..., None]
    loss = -subtract_row(label, row.log_partition)[..., 0]
    is_valid = is_valid_label(logits, labels, class_axis)
    return jnp.where(is_valid, loss, jnp.nan), (logits, labels, row)


def _bwd(class_axis, residuals, cotangent):
    logits, labels, row = residuals
    cotangent = jnp.where(is_valid_label(logits, labels, class_axis), cotangent, 0)
    p = softmax(logits, row)
    gradient = jnp.where(label_mask(logits, labels), p - 1, p)
    return cotangent[..., None] * gradient, None


_cross_entropy.defvjp(_fwd, _bwd)

_Residuals = tuple[jax.Array, jax.Array, Moments]


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _soft_cross_entropy(
    class_axis: str | None, logits: jax.Array, targets: jax.Array
) -> jax.Array:
    return _soft_fwd(class_axis, logits, targets)[0]


def _soft_fwd(
    class_axis: str | None, logits: jax.Array, targets: jax.Array
) -> tuple[jax.Array, _Residuals]:
    row = moments(logits, class_axis)
    log_p = subtract_row(logits, row.log_partition)
    loss = -psum(jnp.sum(weighted_log(targets, log_p), axis=-1), class_axis)
    return loss, (logits, targets, row)


def _soft_bwd(
    class_axis: str | None, residuals: _Residuals, cotangent: jax.Array
) -> tuple[jax.Array, jax.Array]:
    logits, targets, row = residuals
    mass = psum(jnp.sum(targets, axis=-1, keepdims=True), class_axis)
    is_valid = ~jnp.isnan(mass)
    cotangent = jnp.where(is_valid, cotangent[..., None], 0)
    mass, targets = jnp.where(is_valid, mass, 0), jnp.where(is_valid, targets, 0)
    gradient = softmax(logits, row) * mass - targets
    of_targets = -cotangent * subtract_row(logits, row.log_partition)
    return cotangent * gradient, shard_like(of_targets, targets)


_soft_cross_entropy.defvjp(_soft_fwd, _soft_bwd)
