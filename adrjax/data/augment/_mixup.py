"""Mixup."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._mixing import mixed_targets, pairs
from adrjax.data.augment._pixels import like, unit


def mixup(
    key: jax.Array,
    images: ArrayLike,
    labels: ArrayLike,
    *,
    num_classes: int,
    alpha: ArrayLike = 0.2,
    axis_name: str | None = None,
) -> tuple[jax.Array, jax.Array]:
    r"""Blends each image with another of the batch, and their labels alike.

    .. math:: \lambda x_i + (1 - \lambda) x_j, \quad \lambda y_i + (1 - \lambda) y_j

    with one :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)` a batch and j a random
    permutation of i, as in the authors' code. DeiT, which ADR's ViT follows, has alpha
    0.8 and takes `cutmix` of alpha 1 for half of the batches.

    Args:
        key: A JAX random key, the same on every device.
        images: `[n, height, width, channels]`, uint8, or floating of any range.
        labels: Integer classes, `[n]`.
        num_classes: The number of classes.
        alpha: Of the Beta distribution, positive: 0.2 on ImageNet, 1 on CIFAR.
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
        Zhang et al., mixup: Beyond Empirical Risk Minimization, Eq. (3) and Fig. 1.
    """
    alpha = _checks.positive("alpha", alpha)
    share_key, order_key = jax.random.split(key)
    batch = pairs(order_key, images, labels, num_classes, axis_name)
    share = jax.random.beta(share_key, alpha, alpha)
    own, other = unit(batch.images, "images"), unit(batch.other_images, "images")
    mixed = like(batch.images, share * own + (1 - share) * other)
    return mixed, mixed_targets(batch, share, num_classes)
