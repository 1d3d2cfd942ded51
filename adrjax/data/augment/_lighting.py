"""PCA lighting."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.data.augment._options import number
from adrjax.data.augment._pixels import like, pixels_of

# The principal components of the colors of ImageNet, with white as 1: each column is
# one component, the rows are red, green and blue.
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
    r"""PCA lighting (color augmentation of AlexNet): shifts the color of an image.

    .. math:: x + \sum_k a_k \lambda_k v_k, \qquad a_k \sim N(0, s^2)

    along the principal components :math:`v_k` of the colors of the training images, the
    same for all pixels. The defaults are those of pycls, whose recipe ADR and GSC
    follow on ImageNet.

    Args:
        key: A JAX random key.
        image: One RGB image, `[height, width, 3]`, uint8, or floating with white as 1.
            Only uint8 is clipped.
        std: The standard deviation s, at least 0.
        eigenvalues: The eigenvalues of the covariance of the colors, `[3]`, with white
            as 1.
        eigenvectors: The components, one in each column, `[3, 3]`.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image is not RGB, std is negative, or the eigenvalues or
            eigenvectors do not fit.
        TypeError: If the image is neither uint8 nor floating.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> augment.lighting(jax.random.key(0), jnp.ones((1, 1, 3)), std=0.0).tolist()
        [[[1.0, 1.0, 1.0]]]

    Reference:
        Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural
        Networks, Sec. 4.1.
    """
    pixels = pixels_of(image)
    if pixels.shape[-1] != 3:
        raise ValueError(f"image must be red, green and blue, got shape {pixels.shape}")
    std = number("std", std, 0)
    eigenvalues = _finite("eigenvalues", eigenvalues, (3,))
    eigenvectors = _finite("eigenvectors", eigenvectors, (3, 3))
    amounts = std * jax.random.normal(key, (3,), jnp.float32)
    shift = eigenvectors @ (amounts * eigenvalues)
    return like(image, pixels + shift.astype(pixels.dtype)[None, None])


def _finite(name: str, x: ArrayLike, shape: tuple[int, ...]) -> jax.Array:
    known = _checks.values(x)
    if np.shape(x) != shape or (known is not None and not np.isfinite(known).all()):
        raise ValueError(f"{name} must be finite and of shape {shape}, got {x}")
    return jnp.asarray(x, jnp.float32)
