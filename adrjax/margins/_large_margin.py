"""L-Softmax (large-margin softmax)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._labels import take_rows
from adrjax._vectors import inner_products, norm, unit
from adrjax.margins._label import replace_label
from adrjax.margins._psi import psi


def large_margin(
    features: ArrayLike,
    weights: ArrayLike,
    labels: ArrayLike,
    *,
    margin: int = 4,
    lam: ArrayLike = 0.0,
) -> jax.Array:
    r"""L-Softmax (large-margin softmax): multiplicative angular margin.

    The angle between a feature and the weight of its label is multiplied by the margin.
    The norms of features and weights stay in the logits, as in a linear layer;
    `sphereface` drops the norms of the weights.

    .. math:: z_y = \|W_y\| \|x\| \frac{\lambda \cos\theta_y + \psi(\theta_y)}
        {1 + \lambda}, \qquad z_j = W_j \cdot x \quad (j \ne y), \qquad
        \psi = (-1)^k \cos(m \theta_y) - 2k.

    The gradient is autodiff's, finite because :math:`\psi` is a polynomial of the
    cosine. If a feature or the weight of its label is 0, the label's logit is 0 and has
    no gradient. A traced label that is not a class gets no margin.

    Args:
        features: Outputs of the network, `[..., dim]`.
        weights: One vector for each class, `[num_classes, dim]`.
        labels: Integer classes, `[...]`.
        margin: The factor m of the angle, an integer of at least 1; 1 is no margin.
        lam: The weight of the logit without margin, at least 0. The authors decrease it
            from a large value, because the margin alone hardly starts to learn.

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If features or weights are not floating, or labels or margin not
            integers.
        ValueError: If the shapes do not match, a label is not a class, the margin is
            below 1 or lam is negative.

    Example:
        >>> from adrjax import margins
        >>> weights = [[1.0, 0.0], [0.0, 1.0]]
        >>> logits = margins.large_margin([2.0, 1.0], weights, 0, margin=2)
        >>> [round(float(z), 3) for z in logits]
        [1.342, 1.0]

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Eqs. (2) and (3); Liu et al., Large-Margin Softmax Loss for Convolutional Neural
        Networks, Eqs. (4) to (6).
    """
    margin = _checks.count("margin", margin, low=1)
    features, labels, weights = _vector_checks.features_and_labels(
        features, labels, weights, "weights"
    )
    lam = _checks.between("lam", lam, 0, like=features)
    return _logits(margin, features, weights, labels, lam)


# Recomputed in the backward pass: autodiff would keep several arrays of the features'
# size.
@functools.partial(jax.checkpoint, static_argnums=0)
def _logits(
    margin: int,
    features: jax.Array,
    weights: jax.Array,
    labels: jax.Array,
    lam: jax.Array,
) -> jax.Array:
    weight = take_rows(weights, labels)
    cosine = jnp.sum(unit(features) * unit(weight), axis=-1)
    share = (lam * cosine + psi(cosine, margin)) / (1 + lam)
    logits = inner_products(features, weights)
    return replace_label(logits, labels, norm(features) * norm(weight) * share)
