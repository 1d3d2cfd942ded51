"""Open-set noise."""

import jax
from jax.core import Tracer
import jax.numpy as jnp
import numpy as np

from adrjax import _checks

Array = jax.Array | np.ndarray


def open_set(
    key: jax.Array,
    images: Array,
    labels: Array,
    foreign_images: Array,
    *,
    rate: float,
) -> tuple[Array, Array, Array]:
    """Puts images of foreign classes in the place of images, and leaves their labels.

    Random images, exactly `int(rate * n)` of them, are replaced by as many different
    foreign ones, so that each class has as many images as before and no label of those
    replaced can be right. Wang et al. take 40 % of CIFAR-10, and CIFAR-100, ImageNet or
    SVHN for foreign images.

    Args:
        key: A JAX random key.
        images: `[n, ...]`; numpy stays numpy outside `jax.jit`, and is copied.
        labels: `[n]`, returned as they are.
        foreign_images: `[m, ...]`, of the shape and dtype of the images but for m; none
            may show a class of the labels.
        rate: The share of images that is replaced, in [0, 1]; a constant under
            `jax.jit`.

    Returns:
        The images, the labels, and a boolean array `[n]` which is True where the image
        is a foreign one.

    Raises:
        ValueError: If the rate is not in [0, 1], the shapes do not fit, or there are
            too few foreign images.
        TypeError: If the dtypes differ.

    Reference:
        Wang et al., Iterative Learning with Open-set Noisy Labels, section 4.
    """
    _checks.between("rate", rate, 0, 1)
    n = len(images)
    if images.shape[1:] != foreign_images.shape[1:]:
        raise ValueError(
            f"images of shape {images.shape} want foreign_images of the same shape but "
            f"for their number, got shape {foreign_images.shape}"
        )
    if labels.shape != (n,):
        raise ValueError(
            f"images of shape {images.shape} want labels of shape ({n},), got labels "
            f"of shape {labels.shape}"
        )
    if images.dtype != foreign_images.dtype:
        raise TypeError(
            f"images of {images.dtype} want foreign_images of {images.dtype}, got "
            f"{foreign_images.dtype}"
        )
    count = int(rate * n)
    if len(foreign_images) < count:
        raise ValueError(
            f"rate={rate} of {n} images wants {count} foreign_images, got "
            f"{len(foreign_images)}"
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
