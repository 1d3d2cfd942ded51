"""Cosines between features and class weights."""

import jax
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._vectors import inner_products, inverse_norm, unit


def cosines(features: ArrayLike, weights: ArrayLike) -> jax.Array:
    r"""Scores classes by angle alone, so that no length of a feature or weight helps.

    .. math:: c_j = \frac{W_j \cdot x}{\|W_j\| \|x\|}.

    Where a feature or a weight is 0, or shorter than 1e-12, its cosines are 0, and so
    is its gradient. In float32 none may be longer than 1e19, whose square is infinite.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        weights: One vector a class, `[num_classes, dim]`.

    Returns:
        The cosines, in [-1, 1] up to rounding, `[..., num_classes]`.

    Raises:
        TypeError: If an input is not floating.
        ValueError: If the dimensions differ.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (10) and (24).
    """
    features, weights = _vector_checks.features_and_rows(features, weights, "weights")
    # The lengths divide the products, so that no unit copy of the weights is made.
    return inner_products(_unit(features), weights) * _inverse_norm(weights)


# Recomputed in the backward pass, where that costs nothing.
_unit, _inverse_norm = (
    jax.checkpoint(f, prevent_cse=False) for f in (unit, inverse_norm)
)
