"""CutMix."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._boxes import Box, inside
from adrjax.data.augment._mixing import mixed_targets, with_partners
from adrjax.data.augment._options import positive


def cutmix(
    key: jax.Array,
    images: ArrayLike,
    labels: ArrayLike,
    *,
    num_classes: int,
    alpha: ArrayLike = 1.0,
    axis_name: str | None = None,
) -> tuple[jax.Array, jax.Array]:
    r"""CutMix: pastes a box of another image of the batch and mixes labels by its area.

    One box a batch: its sides are :math:`\sqrt{1 - \lambda}` of the sides of the image,
    :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)`, around a random pixel. The part
    outside the image is cut off, and the labels count by the remaining area. DeiT,
    which ADR's ViT follows, uses it for half of the batches and `mixup` for the others.

    Args:
        key: A JAX random key, the same on every device.
        images: `[n, height, width, channels]`, uint8, or floating of any range.
        labels: Integer classes, `[n]`.
        num_classes: The number of classes.
        alpha: The parameter of the Beta distribution, positive.
        axis_name: The device axis that the batch is split over, if any. Partners come
            from all devices, and the result does not depend on their number.

    Returns:
        Images of the same shape and dtype, and float32 targets `[n, num_classes]`, the
        labels of `losses.cross_entropy`. They are NaN for a label that is not a class.

    Raises:
        ValueError: If the images are not a batch, the labels do not fit, or alpha is
            not positive.
        TypeError: If images are neither uint8 nor floating, or labels not integers.

    Example:
        >>> import functools
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> key, images = jax.random.key(0), jnp.zeros((2, 4, 4, 3), jnp.uint8)
        >>> mix = jax.jit(functools.partial(augment.cutmix, num_classes=2))
        >>> images, targets = mix(key, images, jnp.array([0, 1]))
        >>> images.shape, targets.sum(-1).tolist()
        ((2, 4, 4, 3), [1.0, 1.0])

    Reference:
        Yun et al., CutMix: Regularization Strategy to Train Strong Classifiers with
        Localizable Features, Eqs. (1), (2) and Algorithm A1.
    """
    alpha = positive("alpha", alpha)
    share_key, place_key, order_key = jax.random.split(key, 3)
    batch = with_partners(order_key, images, labels, num_classes, axis_name)
    size = jnp.array(batch.images.shape[1:3], jnp.int32)
    share = jax.random.beta(share_key, alpha, alpha, dtype=jnp.float32)
    sides = size.astype(jnp.float32) * jnp.sqrt(1 - share)
    halves = sides.astype(jnp.int32) // 2
    centers = jax.random.randint(place_key, (2,), 0, size, jnp.int32)
    firsts = jnp.maximum(centers - halves, 0)
    # Twice the half: an odd side is one pixel less, as in the authors' code.
    ends = jnp.minimum(centers + halves, size)
    is_other = inside(Box(*firsts, *(ends - firsts)), batch.images)[None]
    mixed = jnp.where(is_other, batch.other_images, batch.images)
    return mixed, mixed_targets(
        batch, 1 - is_other.mean(dtype=jnp.float32), num_classes
    )
