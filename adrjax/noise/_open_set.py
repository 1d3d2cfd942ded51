"""Open-set label noise."""

import jax
from jax.core import Tracer
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax.noise._rate import known_rate

Array = jax.Array | np.ndarray


def open_set(
    key: jax.Array,
    images: ArrayLike,
    labels: ArrayLike,
    foreign_images: ArrayLike,
    *,
    rate: ArrayLike,
) -> tuple[Array, Array, Array]:
    """Open-set label noise: images of foreign classes under labels that stay.

    Exactly `int(rate * n)` random images are replaced by as many different foreign
    ones. Each class keeps its number of images, and the label of a replaced image
    cannot be right. Wang et al. replace 40 % of CIFAR-10 by images of CIFAR-100,
    ImageNet or SVHN.

    Args:
        key: A JAX random key.
        images: `[n, ...]`. A numpy array stays one outside of `jax.jit`; it is copied.
        labels: `[n]`, returned unchanged.
        foreign_images: `[m, ...]`, of the dtype of the images and, apart from m, of
            their shape. None may show a class of the labels.
        rate: The share of replaced images, in [0, 1], known while tracing.

    Returns:
        The images, the labels, and the mask of replaced images, bool `[n]`.

    Raises:
        ValueError: If the rate is outside of [0, 1], the shapes do not fit, or there
            are too few foreign images.
        TypeError: If the dtypes differ or the rate is traced.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from adrjax import noise
        >>> images, foreign = jnp.ones((4, 2, 2, 3)), jnp.zeros((9, 2, 2, 3))
        >>> images, labels, replaced = noise.open_set(
        ...     jax.random.key(0), images, jnp.array([0, 1, 0, 1]), foreign, rate=0.5
        ... )
        >>> int(replaced.sum()), float(images.mean())
        (2, 0.5)

    Reference:
        Wang et al., Iterative Learning with Open-set Noisy Labels, section 4.
    """
    rate = known_rate(rate)
    images, labels, foreign_images = map(_array, (images, labels, foreign_images))
    if images.ndim < 1 or images.shape[1:] != foreign_images.shape[1:]:
        raise ValueError(
            "images [n, ...] and foreign_images [m, ...] must hold images of one "
            f"shape, got {images.shape} and {foreign_images.shape}"
        )
    n = len(images)
    if labels.shape != (n,):
        raise ValueError(
            f"labels must be [{n}] for images of shape {images.shape}, got shape "
            f"{labels.shape}"
        )
    if images.dtype != foreign_images.dtype:
        raise TypeError(
            "images and foreign_images must have one dtype, got "
            f"{images.dtype} and {foreign_images.dtype}"
        )
    count = int(rate * n)
    if len(foreign_images) < count:
        raise ValueError(
            f"foreign_images must be at least {count} for rate={rate} of {n} images, "
            f"got {len(foreign_images)}"
        )
    place_key, foreign_key = jax.random.split(key)
    places = jax.random.permutation(place_key, n)[:count]
    chosen = jax.random.permutation(foreign_key, len(foreign_images))[:count]
    replaced = jnp.zeros(n, bool).at[places].set(True)
    if isinstance(images, np.ndarray) and not isinstance(places, Tracer):
        mixed = images.copy()
        mixed[np.asarray(places)] = np.asarray(foreign_images)[np.asarray(chosen)]
        return mixed, labels, np.asarray(replaced)
    mixed = jnp.asarray(images).at[places].set(jnp.asarray(foreign_images)[chosen])
    return mixed, labels, replaced


def _array(x: ArrayLike) -> Array:
    return x if isinstance(x, jax.Array | np.ndarray) else np.asarray(x)
