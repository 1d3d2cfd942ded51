"""Feature incay, the reciprocal norm loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks


def feature_incay(
    features: ArrayLike,
    labels: ArrayLike,
    logits: ArrayLike,
    *,
    eps: ArrayLike = 1e-10,
) -> jax.Array:
    r"""Lengthens the features of examples that the network has right, short ones most.

    .. math:: L = \frac{1}{\|x\|^2 + \epsilon} \text{ if } \arg\max_j z_j = y,
        \qquad L = 0 \text{ if not}.

    To be added to a loss of the logits, into which none of its gradient flows. A plain
    formula: nothing in it is infinite.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`.
        logits: Unnormalised scores, `[..., num_classes]`.
        eps: What is added to the squared norm, positive; 1e-10 is insightface's.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class or eps is not
            positive.

    Reference:
        Yuan et al., Feature Incay for Representation Regularization, in the form of
        insightface's train_softmax.py; section 3.1.2 of Zhu and Zu, A Softmax-free Loss
        Function Based on Predefined Optimal-distribution of Latent Features, names it.
    """
    eps = _checks.positive("eps", eps)
    features = _vector_checks.vectors("features", features)
    logits, labels = _checks.logits_and_labels(logits, labels)
    labels = _vector_checks.labels_beside(features, labels, logits.shape[-1])
    right = jnp.argmax(logits, axis=-1) == labels
    return jnp.where(right, 1 / (jnp.sum(features * features, axis=-1) + eps), 0)
