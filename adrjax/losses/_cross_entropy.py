"""Cross entropy (CE, CCE)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import psum
from adrjax._labels import is_valid_label, label_logit, label_mask
from adrjax._softmax import moments, softmax, subtract_row


def cross_entropy(
    logits: ArrayLike, labels: ArrayLike, *, class_axis: str | None = None
) -> jax.Array:
    r"""Pulls the probability of the label to one.

    .. math:: L = -\sum_j y_j \log p_j, \qquad
        \frac{\partial L}{\partial z_j} = p_j \sum_k y_k - y_j.

    A label outside 0..num_classes-1 raises where it is known while tracing. Where it is
    not, its loss is NaN and its gradient 0, so that ignored examples can be left
    out by `jnp.mean(losses, where=mask)`.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`, or distributions over the classes,
            `[..., num_classes]`, floating. Gradient flows into distributions too.
        class_axis: The device axis that the classes are split over, if they are; labels
            are then those of `heads.labels_on_shard`. See `heads.ShardedCosine`.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Eq. (1).
    """
    logits = _checks.scores("logits", logits)
    if jnp.issubdtype(jnp.result_type(labels), jnp.floating):
        targets = _checks.distributions_of(logits, labels)
        return _soft_cross_entropy(class_axis, logits, targets)
    return _cross_entropy(class_axis, logits, _checks.labels_of(logits, labels))


# Own rules because autodiff would keep the probabilities, `[..., num_classes]`, which
# the backward pass recomputes from two numbers a row.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _cross_entropy(class_axis, logits, labels):
    return _fwd(class_axis, logits, labels)[0]


def _fwd(class_axis, logits, labels):
    row = moments(logits, class_axis)
    label = label_logit(logits, labels, class_axis)[..., None]
    loss = -subtract_row(label, row.log_partition)[..., 0]
    known = is_valid_label(logits, labels, class_axis)
    return jnp.where(known, loss, jnp.nan), (logits, labels, row)


def _bwd(class_axis, residuals, cotangent):
    logits, labels, row = residuals
    cotangent = jnp.where(is_valid_label(logits, labels, class_axis), cotangent, 0)
    p = softmax(logits, row)
    slope = jnp.where(label_mask(logits, labels), p - 1, p)
    return cotangent[..., None] * slope, None


_cross_entropy.defvjp(_fwd, _bwd)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _soft_cross_entropy(class_axis, logits, targets):
    return _soft_fwd(class_axis, logits, targets)[0]


def _soft_fwd(class_axis, logits, targets):
    row = moments(logits, class_axis)
    log_p = subtract_row(logits, row.log_partition)
    terms = jnp.where(targets == 0, 0, targets * log_p)
    loss = -psum(jnp.sum(terms, axis=-1), class_axis)
    return loss, (logits, targets, row)


def _soft_bwd(class_axis, residuals, cotangent):
    logits, targets, row = residuals
    mass = psum(jnp.sum(targets, axis=-1, keepdims=True), class_axis)
    cotangent = cotangent[..., None]
    slope = softmax(logits, row) * mass - targets
    return cotangent * slope, -cotangent * subtract_row(logits, row.log_partition)


_soft_cross_entropy.defvjp(_soft_fwd, _soft_bwd)
