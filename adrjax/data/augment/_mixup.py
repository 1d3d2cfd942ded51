"""Mixup."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._mixing import mixed_targets, with_partners
from adrjax.data.augment._options import positive
from adrjax.data.augment._pixels import like, with_white_one


def mixup(
    key: jax.Array,
    images: ArrayLike,
    labels: ArrayLike,
    *,
    num_classes: int,
    alpha: ArrayLike = 0.2,
    axis_name: str | None = None,
) -> tuple[jax.Array, jax.Array]:
    r"""Mixup: blends each image, and its label, with another of the batch.

    .. math:: \lambda x_i + (1 - \lambda) x_j, \quad \lambda y_i + (1 - \lambda) y_j

    with one :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)` a batch and j a random
    permutation of i, as in the authors' code. The network learns to be linear between
    examples. DeiT, which ADR's ViT follows, has alpha 0.8 and uses `cutmix` with alpha
    1 for half of the batches.

    Args:
        key: A JAX random key, the same on every device.
        images: `[n, height, width, channels]`, uint8, or floating of any range.
        labels: Integer classes, `[n]`.
        num_classes: The number of classes.
        alpha: The parameter of the Beta distribution, positive: 0.2 on ImageNet, 1 on
            CIFAR.
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
        >>> mix = jax.jit(functools.partial(augment.mixup, num_classes=2))
        >>> images, targets = mix(key, images, jnp.array([0, 1]))
        >>> images.shape, targets.sum(-1).tolist()
        ((2, 4, 4, 3), [1.0, 1.0])

    Reference:
        Zhang et al., mixup: Beyond Empirical Risk Minimization, Eq. (3) and Fig. 1.
    """
    alpha = positive("alpha", alpha)
    share_key, order_key = jax.random.split(key)
    batch = with_partners(order_key, images, labels, num_classes, axis_name)
    share = jax.random.beta(share_key, alpha, alpha, dtype=jnp.float32)
    first = with_white_one(batch.images, "images")
    second = with_white_one(batch.other_images, "images")
    weight = share.astype(first.dtype)
    mixed = like(batch.images, weight * first + (1 - weight) * second)
    return mixed, mixed_targets(batch, share, num_classes)
