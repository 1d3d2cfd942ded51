"""Feature incay (reciprocal norm loss)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._labels import has_class


def feature_incay(
    features: ArrayLike,
    labels: ArrayLike,
    logits: ArrayLike,
    *,
    eps: ArrayLike = 1e-10,
) -> jax.Array:
    r"""Feature incay (reciprocal norm loss): `1 / |x|**2` of correct predictions.

    It lengthens the features of correctly classified examples, the shortest most. It is
    added to a loss of the logits, into which its own gradient does not flow.

    .. math:: L = \frac{1}{\|x\|^2 + \epsilon} \text{ if } \arg\max_j z_j = y,
        \qquad L = 0 \text{ if not}.

    The gradient is autodiff's. A label that is not a class has loss NaN and
    gradient 0, and a logit of NaN has loss NaN.

    Args:
        features: Outputs of the network, `[..., dim]`.
        labels: Integer classes, `[...]`.
        logits: Unnormalized scores, `[..., num_classes]`.
        eps: The number added to the squared norm, positive; 1e-10 is insightface's.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or logits are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class or eps is not
            positive.

    Example:
        >>> from adrjax import embeddings
        >>> features, logits = [[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]
        >>> print(embeddings.feature_incay(features, [0, 1], logits))
        [0.25 0.  ]

    Reference:
        Yuan et al., Feature Incay for Representation Regularization, in the form of
        insightface's train_softmax.py; section 3.1.2 of Zhu and Zu, A Softmax-free Loss
        Function Based on Predefined Optimal-distribution of Latent Features, names it.
    """
    features = _vector_checks.vectors("features", features)
    logits, labels = _checks.logits_and_labels(logits, labels)
    labels = _vector_checks.labels_beside(features, labels, logits.shape[-1])
    eps = _checks.positive("eps", eps, like=features)
    predicted = jnp.argmax(logits, axis=-1).astype(labels.dtype)
    is_right = (predicted == labels).astype(features.dtype)
    is_known = has_class(labels, logits.shape[-1]) & ~jnp.isnan(jnp.max(logits, -1))
    loss = is_right / (jnp.sum(features * features, axis=-1) + eps)
    return jnp.where(is_known, loss, jnp.nan)
