"""Images a second of four input pipelines, of which training uses the first.

    python -m benchmarks.input                     # random images
    python -m benchmarks.input --data-dir DIR      # CIFAR-10, decoded where need be

Every pipeline delivers the same: shuffled batches of 32 x 32 images, padded by 4
pixels, cropped, flipped and normalised, in float32 on the device. They take turns, so
that a busy machine is unfair to none; the figures are medians.
"""

from collections.abc import Callable, Iterator
import functools
import pathlib
import statistics
import time
from typing import Any

from absl import flags
import grain
import jax
import numpy as np
import tyro

from adrjax import data

CIFAR10 = data.cifar10()
SCALE = np.float32(1 / 255) / np.array(CIFAR10.std, np.float32)
SHIFT = np.array(CIFAR10.mean, np.float32) / np.array(CIFAR10.std, np.float32)


def main(
    data_dir: pathlib.Path | None = None,
    seconds: float = 3.0,
    rounds: int = 3,
    batch_size: int = 128,
) -> None:
    """Measures the pipelines and says which one wins.

    Args:
        data_dir: Where CIFAR-10 is prepared; random images without.
        seconds: How long each pipeline runs in a round.
        rounds: How often each has its turn.
        batch_size: Examples a batch.
    """
    flags.FLAGS.mark_as_parsed()  # grain 0.2.18 wants to read flags in its workers
    split, source = _images(data_dir)
    pipelines: dict[str, Callable[[], Iterator[jax.Array]]] = {
        "on the device: uint8 split, gather, augment": lambda: _resident(
            split, batch_size
        ),
        "grain, gather of a batch; augment on the device": lambda: _batched(
            split, batch_size
        ),
        "grain per image, no worker": lambda: _per_image(source, batch_size, 0),
        "grain per image, 2 workers": lambda: _per_image(source, batch_size, 2),
    }
    rates = {name: [] for name in pipelines}
    for _ in range(rounds):
        for name, pipeline in pipelines.items():
            rates[name].append(batch_size * _batches_per_second(pipeline(), seconds))
    _report({name: statistics.median(values) for name, values in rates.items()})


def _report(rates: dict[str, float]) -> None:
    first = next(iter(rates.values()))
    print(f"{'pipeline':50}{'images/s':>10}{'ratio':>8}")
    for name, rate in rates.items():
        print(f"{name:50}{rate:10,.0f}{rate / first:8.3f}")
    fastest = max(rates, key=lambda name: rates[name])
    print(f"\nFastest on {jax.devices()[0].device_kind}: {fastest}.")
    if rates[fastest] == first:
        print("So a data set that fits lives on the device, as adrjax.data has it.")


def _images(data_dir: pathlib.Path | None) -> tuple[data.Split, Any]:
    """Returns a split in memory and a source of single examples of it."""
    if data_dir is None:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (10_000, 32, 32, 3), np.uint8)
        split = data.Split(images, rng.integers(0, 10, 10_000, np.int32))
        return split, [{"image": image} for image in images]
    import tensorflow_datasets as tfds

    split = CIFAR10.read("train", data_dir)
    source = tfds.data_source(
        "cifar10", split="train", data_dir=data_dir, download=False
    )
    return split, source


def _batches_per_second(batches: Iterator[jax.Array], seconds: float) -> float:
    for _ in range(10):  # compiles, and starts the workers
        next(batches).block_until_ready()
    n, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        next(batches).block_until_ready()
        n += 1
    return n / elapsed


def _resident(split: data.Split, batch_size: int) -> Iterator[jax.Array]:
    batches = data.train_batches(split, batch_size=batch_size, seed=0, devices=1)
    augment = jax.pmap(_augment_on_device, in_axes=(None, 0))
    for step, batch in enumerate(batches):
        yield augment(step, batch.images)


def _batched(split: data.Split, batch_size: int) -> Iterator[jax.Array]:
    rows = grain.MapDataset.range(len(split.images)).seed(0).shuffle().repeat()
    batches = rows.batch(batch_size, drop_remainder=True).map(
        lambda chosen: split.images[chosen]
    )
    augment = jax.jit(_augment_on_device)
    for step, images in enumerate(batches.to_iter_dataset()):
        yield augment(step, images)


def _augment_on_device(step: jax.Array, images: jax.Array) -> jax.Array:
    key = jax.random.fold_in(jax.random.key(0), step)
    keys = jax.vmap(functools.partial(jax.random.fold_in, key))(np.arange(len(images)))
    return CIFAR10.normalize(jax.vmap(data.augment.pad_crop_flip)(keys, images))


def _per_image(source: Any, batch_size: int, workers: int) -> Iterator[jax.Array]:
    examples = grain.MapDataset.source(source).seed(0).shuffle().repeat()
    batches = (
        examples.random_map(AugmentOnHost())
        .to_iter_dataset()
        .batch(batch_size, drop_remainder=True)
    )
    if workers:
        batches = batches.mp_prefetch(grain.MultiprocessingOptions(num_workers=workers))
    for images in batches:
        yield jax.device_put(images.copy())  # the worker's memory is its own


class AugmentOnHost(grain.transforms.RandomMap):
    """Pads, crops, flips and normalises one image with numpy."""

    def random_map(self, element: Any, rng: np.random.Generator) -> np.ndarray:
        """Returns the image of a tfds example, augmented, in float32."""
        y, x, flip = rng.integers(0, (9, 9, 2))
        padded = np.zeros((40, 40, 3), np.uint8)
        padded[4:36, 4:36] = element["image"]
        image = padded[y : y + 32, x : x + 32]
        return (image[:, ::-1] if flip else image) * SCALE - SHIFT


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.input")
