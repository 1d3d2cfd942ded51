"""SphereFace, also known as A-Softmax."""

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
    r"""Asks a multiple of the angle to be the smallest, whatever the weights' lengths.

    .. math:: z_y = \|x\| \frac{\lambda \cos\theta_y + \psi(\theta_y)}{1 + \lambda},
        \qquad z_j = \|x\| \cos\theta_j \quad (j \ne y), \qquad
        \psi = (-1)^k \cos(m \theta_y) - 2k.

    A plain formula under autodiff, finite because :math:`\psi` is a polynomial of the
    cosine. Where a feature or a weight is 0, so is its gradient.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        weights: One vector a class, `[num_classes, dim]`; only their directions count.
        labels: Integer classes, `[...]`.
        margin: The multiple m, a whole number of at least 1; 1 is no margin.
        lam: The share of the plain logit, at least 0. The authors start it large and
            let it fall, because the margin alone hardly starts to learn.

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If features or weights are not floating, the labels not integers or
            the margin no whole number.
        ValueError: If the shapes do not fit, a label names no class, the margin is
            below 1 or lam negative.

    Reference:
        Liu et al., SphereFace: Deep Hypersphere Embedding for Face Recognition,
        Eq. (7).
    """
    margin = _checks.count("margin", margin, low=1)
    lam = _checks.between("lam", lam, 0)
    features, labels, weights = _vector_checks.features_and_labels(
        features, labels, weights, "weights"
    )
    return _logits(margin, features, weights, labels, lam)


# Recomputed in the backward pass: autodiff would keep a unit copy of all the weights.
@functools.partial(jax.checkpoint, static_argnums=0)
def _logits(margin, features, weights, labels, lam):
    cosine = jnp.sum(unit(features) * unit(take_rows(weights, labels)), axis=-1)
    share = (lam * cosine + psi(cosine, margin)) / (1 + lam)
    logits = inner_products(features, unit(weights))
    return replace_label(logits, labels, norm(features) * share)
