"""CutMix."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._boxes import Box, inside
from adrjax.data.augment._mixing import mixed_targets, pairs


def cutmix(
    key: jax.Array,
    images: ArrayLike,
    labels: ArrayLike,
    *,
    num_classes: int,
    alpha: ArrayLike = 1.0,
    axis_name: str | None = None,
) -> tuple[jax.Array, jax.Array]:
    r"""Pastes a box of another image of the batch, and mixes the labels by its area.

    One box a batch: its sides are :math:`\sqrt{1 - \lambda}` of the image's,
    :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)`, around a random pixel. What
    lies outside the image is cut off, and the labels count by what is left. DeiT, which
    ADR's ViT follows, takes it for half of the batches and `mixup` for the others.

    Args:
        key: A JAX random key, the same on every device.
        images: `[n, height, width, channels]`, uint8, or floating of any range.
        labels: Integer classes, `[n]`.
        num_classes: The number of classes.
        alpha: Of the Beta distribution, positive.
        axis_name: The device axis that the batch is split over, if it is: partners come
            from all devices, and any number of them mixes alike.

    Returns:
        Images of the same shape and dtype, and targets `[n, num_classes]`, which
        `losses.cross_entropy` takes for labels.

    Raises:
        ValueError: If the images are no batch, the labels do not fit, or alpha is not
            positive.
        TypeError: If images are neither uint8 nor floating, or labels not integers.

    Reference:
        Yun et al., CutMix: Regularization Strategy to Train Strong Classifiers with
        Localizable Features, Eqs. (1), (2) and Algorithm A1.
    """
    alpha = _checks.positive("alpha", alpha)
    share_key, place_key, order_key = jax.random.split(key, 3)
    batch = pairs(order_key, images, labels, num_classes, axis_name)
    size = batch.images.shape[1:3]
    share = jax.random.beta(share_key, alpha, alpha)
    sides = (jnp.array(size) * jnp.sqrt(1 - share)).astype(int)
    centers = jax.random.randint(place_key, (2,), 0, jnp.array(size))
    firsts = jnp.maximum(centers - sides // 2, 0)
    # Twice the half, so that an odd side is one pixel less, as in the authors' code.
    ends = jnp.minimum(centers + sides // 2, jnp.array(size))
    is_other = inside(Box(*firsts, *(ends - firsts)), batch.images)
    mixed = jnp.where(is_other, batch.other_images, batch.images)
    return mixed, mixed_targets(batch, 1 - is_other.mean(), num_classes)
