"""SphereFace (A-Softmax)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._labels import take_rows
from adrjax._vectors import inner_products, norm, unit
from adrjax.margins._label import replace_label
from adrjax.margins._psi import psi


def sphereface(
    features: ArrayLike,
    weights: ArrayLike,
    labels: ArrayLike,
    *,
    margin: int = 4,
    lam: ArrayLike = 0.0,
) -> jax.Array:
    r"""SphereFace (A-Softmax): multiplicative angular margin with unit weights.

    The angle between a feature and the weight of its label is multiplied by the margin.
    The norm of the feature stays in the logits; `large_margin` keeps the norms of the
    weights too.

    .. math:: z_y = \|x\| \frac{\lambda \cos\theta_y + \psi(\theta_y)}{1 + \lambda},
        \qquad z_j = \|x\| \cos\theta_j \quad (j \ne y), \qquad
        \psi = (-1)^k \cos(m \theta_y) - 2k.

    The gradient is autodiff's, finite because :math:`\psi` is a polynomial of the
    cosine. A feature or weight of 0 has gradient 0. A traced label that is not a class
    gets no margin.

    Args:
        features: Outputs of the network, `[..., dim]`.
        weights: One vector for each class, `[num_classes, dim]`. Their lengths have no
            effect.
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
        >>> weights = [[3.0, 0.0], [0.0, 1.0]]
        >>> logits = margins.sphereface([2.0, 1.0], weights, 0, margin=2)
        >>> [round(float(z), 3) for z in logits]
        [1.342, 1.0]

    Reference:
        Liu et al., SphereFace: Deep Hypersphere Embedding for Face Recognition,
        Eq. (7).
    """
    margin = _checks.count("margin", margin, low=1)
    features, labels, weights = _vector_checks.features_and_labels(
        features, labels, weights, "weights"
    )
    lam = _checks.between("lam", lam, 0, like=features)
    return _logits(margin, features, weights, labels, lam)


# Recomputed in the backward pass: autodiff would keep a unit copy of all the weights.
@functools.partial(jax.checkpoint, static_argnums=0)
def _logits(
    margin: int,
    features: jax.Array,
    weights: jax.Array,
    labels: jax.Array,
    lam: jax.Array,
) -> jax.Array:
    cosine = jnp.sum(unit(features) * unit(take_rows(weights, labels)), axis=-1)
    share = (lam * cosine + psi(cosine, margin)) / (1 + lam)
    logits = inner_products(features, unit(weights))
    return replace_label(logits, labels, norm(features) * share)
