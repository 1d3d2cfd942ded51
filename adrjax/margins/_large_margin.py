"""Large-margin softmax (L-Softmax)."""

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
    r"""Asks a multiple of the angle to the label's weight to be the smallest.

    .. math:: z_y = \|W_y\| \|x\| \frac{\lambda \cos\theta_y + \psi(\theta_y)}
        {1 + \lambda}, \qquad z_j = W_j \cdot x \quad (j \ne y), \qquad
        \psi = (-1)^k \cos(m \theta_y) - 2k.

    A plain formula under autodiff, finite because :math:`\psi` is a polynomial of the
    cosine. Where a feature or the weight of its label is 0, the label's logit is 0 and
    has no gradient.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        weights: One vector a class, `[num_classes, dim]`.
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
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Eqs. (2) and (3); Liu et al., Large-Margin Softmax Loss for Convolutional Neural
        Networks, Eqs. (4) to (6).
    """
    margin = _checks.count("margin", margin, low=1)
    lam = _checks.between("lam", lam, 0)
    features, labels, weights = _vector_checks.features_and_labels(
        features, labels, weights, "weights"
    )
    return _logits(margin, features, weights, labels, lam)


# Recomputed in the backward pass: autodiff would keep several arrays of the features'
# size.
@functools.partial(jax.checkpoint, static_argnums=0)
def _logits(margin, features, weights, labels, lam):
    own = take_rows(weights, labels)
    cosine = jnp.sum(unit(features) * unit(own), axis=-1)
    share = (lam * cosine + psi(cosine, margin)) / (1 + lam)
    logits = inner_products(features, weights)
    return replace_label(logits, labels, norm(features) * norm(own) * share)
