"""Features of faces and of their mirror images."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._pixels import images_of


def mirror_features(
    embed: Callable[[jax.Array], jax.Array],
    images: ArrayLike,
    *,
    concatenate: bool = False,
) -> jax.Array:
    """Merges the features of images with those of their mirror images.

    insightface, whose code ADR verifies faces with, adds them and takes the cosine; IE
    adds them and takes PCA and the cosine; Wen et al. put one after the other.

    Args:
        embed: Maps images to features, `[..., D]`.
        images: `[..., height, width, channels]`, as `embed` takes them.
        concatenate: Whether to put one after the other rather than to add them.

    Returns:
        Features `[..., D]`, or `[..., 2 D]`; `metrics` scale them to length 1.

    Raises:
        ValueError: If the images have less than three axes.

    Reference:
        IE, Sec. 4.3; Wen et al., A Discriminative Feature Learning Approach for Deep
        Face Recognition, Sec. 4.1; insightface's `verification.py`.
    """
    images = jnp.asarray(images)
    images_of(images)
    both = embed(images), embed(images[..., ::-1, :])
    return jnp.concatenate(both, axis=-1) if concatenate else both[0] + both[1]
