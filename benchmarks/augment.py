"""Images per second of every augmentation.

    python -m benchmarks.augment                  # batches of 128, at 32 and 224 pixels
    python -m benchmarks.augment --sides 48

Each augmentation is compiled for a batch of uint8 RGB images on the device, with one
key per example, as in the train step. They run in turn; the numbers are medians.
"""

from collections.abc import Callable
import functools

import jax
import jax.numpy as jnp
import numpy as np
import tyro

from adrjax.data import augment
from benchmarks import clock


def main(
    sides: tuple[int, ...] = (32, 224), batch_size: int = 128, seconds: float = 60.0
) -> None:
    """Times the augmentations.

    Args:
        sides: Height and width of the images.
        batch_size: Examples per batch.
        seconds: Time to measure each size for.
    """
    columns = [_rates(side, batch_size, seconds) for side in sides]
    device = jax.devices()[0].device_kind
    print(f"images/s on {device}, batches of {batch_size}")
    print(f"{'':42}" + "".join(f"{f'{s} x {s}':>12}" for s in sides))
    for name in columns[0]:
        print(f"{name:42}" + "".join(f"{column[name]:12,.0f}" for column in columns))


def _rates(side: int, batch_size: int, seconds: float) -> dict[str, float]:
    rng = np.random.default_rng(0)
    images = jnp.array(rng.integers(0, 256, (batch_size, side, side, 3)), jnp.uint8)
    labels = jnp.array(rng.integers(0, 10, batch_size))
    keys = jax.random.split(jax.random.key(0), batch_size)
    calls = {
        name: functools.partial(jax.jit(jax.vmap(one)), keys, images)
        for name, one in _of_an_image(side).items()
    } | {
        name: functools.partial(jax.jit(batch), keys[0], images, labels)
        for name, batch in _of_a_batch().items()
    }
    times = clock.seconds(calls, budget=seconds)
    return {name: batch_size / time for name, time in times.items()}


def _of_an_image(side: int) -> dict[str, Callable]:
    size, smaller = (side, side), (5 * side // 6, 5 * side // 6)
    partial = functools.partial
    jitter = partial(augment.color_jitter, brightness=0.4, contrast=0.4, saturation=0.4)
    return {
        "flip": augment.flip,
        "pad_crop_flip": augment.pad_crop_flip,
        "random_resized_crop": partial(augment.random_resized_crop, size=size),
        "color_jitter, no hue": jitter,
        "color_jitter": partial(jitter, hue=0.1),
        "rotate": partial(augment.rotate, degrees=10),
        "rotate, bilinear": partial(
            augment.rotate, degrees=10, interpolation="bilinear"
        ),
        "translate": augment.translate,
        "cutout": augment.cutout,
        "random_erasing": augment.random_erasing,
        "random_erasing, noise": partial(augment.random_erasing, fill="noise"),
        "rand_augment, one of torchvision's": partial(augment.rand_augment, num_ops=1),
        "rand_augment, two of torchvision's": augment.rand_augment,
        "rand_augment, two of timm's": partial(augment.rand_augment, space="timm"),
        "lighting": augment.lighting,
        "one_of_ten_crops": partial(augment.one_of_ten_crops, size=smaller),
        "ten_crop": lambda key, image: augment.ten_crop(image, size=smaller),
        "normalize": lambda key, image: augment.normalize(image, mean=0.5, std=0.25),
        "normalize_each": lambda key, image: augment.normalize_each(image),
        "normalize_contrast": lambda key, image: augment.normalize_contrast(image),
    }


def _of_a_batch() -> dict[str, Callable]:
    return {
        "mixup": functools.partial(augment.mixup, num_classes=10),
        "cutmix": functools.partial(augment.cutmix, num_classes=10),
    }


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.augment")
