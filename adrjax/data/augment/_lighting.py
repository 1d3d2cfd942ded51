"""PCA lighting."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.data.augment._pixels import like, pixels_of

# The principal components of ImageNet's colors, white as 1: each column is one of them,
# its rows are red, green and blue.
EIGENVALUES = np.array([0.2175, 0.0188, 0.0045])
EIGENVECTORS = np.array(
    [
        [-0.5675, 0.7192, 0.4009],
        [-0.5808, -0.0045, -0.8140],
        [-0.5836, -0.6948, 0.4203],
    ]
)


def lighting(
    key: jax.Array,
    image: ArrayLike,
    *,
    std: ArrayLike = 0.1,
    eigenvalues: ArrayLike = EIGENVALUES,
    eigenvectors: ArrayLike = EIGENVECTORS,
) -> jax.Array:
    r"""Shifts the colors of an image along the principal components of all colors.

    .. math:: x + \sum_k a_k \lambda_k v_k, \qquad a_k \sim N(0, s^2)

    pycls, whose recipe ADR and GSC follow on ImageNet, has the defaults.

    Args:
        key: A JAX random key.
        image: One RGB image, `[height, width, 3]`, uint8, or floating with white as 1.
            Only uint8 is clipped.
        std: The standard deviation s, at least 0.
        eigenvalues: Those of the covariance of colors, `[3]`, with white as 1.
        eigenvectors: A component in each column, `[3, 3]`.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image is not RGB or std is negative.
        TypeError: If the image is neither uint8 nor floating.

    Reference:
        Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural
        Networks, Sec. 4.1.
    """
    pixels = pixels_of(image)
    if pixels.shape[-1] != 3:
        raise ValueError(f"image must be red, green and blue, got shape {pixels.shape}")
    std = _checks.between("std", std, 0)
    amounts = std * jax.random.normal(key, (3,))
    shift = jnp.asarray(eigenvectors) @ (amounts * jnp.asarray(eigenvalues))
    return like(image, pixels + shift.astype(pixels.dtype))
