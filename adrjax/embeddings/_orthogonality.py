"""Orthogonality of class weights."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._vectors import inner_products, unit


def orthogonality(weights: ArrayLike) -> jax.Array:
    r"""Turns the weights of different classes to right angles.

    .. math:: L = \frac{1}{C (C - 1)} \sum_i \sum_{j \ne i} \cos^2(W_i, W_j).

    This is the second moment of the cosines; the paper also penalises the first, which
    is 0 wherever the second is. A plain formula under autodiff; a weight of 0 has the
    cosine 0 and no gradient.

    Args:
        weights: One vector a class, `[num_classes, dim]`, of the last layer.

    Returns:
        The loss of the weights, in [0, 1], `[]`.

    Raises:
        TypeError: If the weights are not floating.
        ValueError: If they are no matrix.

    Reference:
        Yang et al., Orthogonality Loss: Learning Discriminative Representations for
        Face Recognition; section 2.2 of Zhu and Zu, A Softmax-free Loss Function Based
        on Predefined Optimal-distribution of Latent Features, names it.
    """
    weights = _vector_checks.class_vectors("weights", weights)
    c = inner_products(unit(weights), unit(weights))
    off = jnp.where(jnp.eye(len(c), dtype=bool), 0, c)
    return jnp.sum(off**2) / max(len(c) * (len(c) - 1), 1)
