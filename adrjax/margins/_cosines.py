"""Cosines between features and class weights."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._vectors import inner_products, inverse_norm, unit


def cosines(features: ArrayLike, weights: ArrayLike) -> jax.Array:
    r"""Cosines of the angles between features and class weights.

    Classes are scored by direction alone: the lengths of features and weights have no
    effect. The other margins take the result.

    .. math:: c_j = \frac{W_j \cdot x}{\|W_j\| \|x\|}.

    A feature or weight of length 0, or below 1e-12, has cosines 0 and gradient 0. In
    float32 the lengths must be below 1e19, because their squares overflow.

    Args:
        features: Outputs of the network, `[..., dim]`.
        weights: One vector for each class, `[num_classes, dim]`. The kernel of a Flax
            Dense layer and the `W` of pytorch-metric-learning are its transpose.

    Returns:
        The cosines, in [-1, 1] up to rounding, `[..., num_classes]`.

    Raises:
        TypeError: If an input is not floating.
        ValueError: If the dimensions differ.

    Example:
        >>> from adrjax import margins
        >>> cosines = margins.cosines([3.0, 4.0], [[2.0, 0.0], [0.0, 0.5]])
        >>> [round(float(c), 3) for c in cosines]
        [0.6, 0.8]

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (10) and (24).
    """
    features, weights = _vector_checks.features_and_rows(features, weights, "weights")
    # The lengths divide the products: no unit copy of the weights is needed.
    products = inner_products(_unit(features), weights)
    leading = tuple(range(products.ndim - 1))
    return products * jnp.expand_dims(_inverse_norm(weights), leading)


# Recomputed in the backward pass: the result is small or cheap.
_unit, _inverse_norm = (
    jax.checkpoint(f, prevent_cse=False) for f in (unit, inverse_norm)
)
