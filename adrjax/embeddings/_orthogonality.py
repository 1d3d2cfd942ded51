"""Orthogonality of class weights."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._devices import all_gather
from adrjax._vectors import inner_products, unit


def orthogonality(weights: ArrayLike) -> jax.Array:
    r"""Orthogonality loss: mean squared cosine between weights of different classes.

    It turns the weights of the last layer to right angles.

    .. math:: L = \frac{1}{C (C - 1)} \sum_i \sum_{j \ne i} \cos^2(W_i, W_j).

    This is the second moment of the cosines. The paper also penalizes the first, which
    is 0 if the second is. The gradient is autodiff's. A weight of 0 has the
    cosine 0 and no gradient.

    Args:
        weights: One vector for each class, `[num_classes, dim]`, of the last layer.

    Returns:
        The loss of the weights, in [0, 1], `[]`.

    Raises:
        TypeError: If the weights are not floating.
        ValueError: If they are not a matrix.

    Example:
        >>> from adrjax import embeddings
        >>> print(f"{embeddings.orthogonality([[1.0, 0.0], [3.0, 4.0]]):.2f}")
        0.36

    Reference:
        Yang et al., Orthogonality Loss: Learning Discriminative Representations for
        Face Recognition; section 2.2 of Zhu and Zu, A Softmax-free Loss Function Based
        on Predefined Optimal-distribution of Latent Features, names it.
    """
    weights = unit(_vector_checks.class_vectors("weights", weights))
    c = inner_products(weights, all_gather(weights, None))
    off = c * (1 - jnp.eye(len(c), dtype=c.dtype))
    return jnp.sum(off**2) / max(len(c) * (len(c) - 1), 1)
