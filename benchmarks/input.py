"""Images per second of each stage of the input, and of pipelines beside torch's.

    python -m benchmarks.input                         # random images
    python -m benchmarks.input --data-dir DIR          # CIFAR-10 that is prepared there
    python -m benchmarks.input --photos FOLDER         # the JPEGs of a folder

Small images, 32 x 32, are padded by 4 pixels, cropped and flipped; a random crop of
photos is scaled to 224 x 224 and flipped. Pipelines deliver shuffled batches,
normalized, in float32, on the device. Stages run in one thread, except on the device.
All take turns, which makes a busy machine fair to each; the figures are medians.
"""

from collections.abc import Callable, Iterable, Iterator
import dataclasses
import functools
import importlib.util
import io
import pathlib
import statistics
import tempfile
import time
from typing import Any

import jax
import numpy as np
from PIL import Image
import tyro

from adrjax import data
from adrjax.data._decode import decode_crop
from benchmarks import input_in_torch

WORKERS = 2
CROP = data.RandomResizedCrop(224)
SMALL = data.cifar10()
LARGE = dataclasses.replace(
    data.imagenet2012(data.augment.flip), name="photos", splits={}
)

Pipelines = dict[str, Callable[[], Iterator[Any]]]


def main(
    data_dir: pathlib.Path | None = None,
    photos: pathlib.Path | None = None,
    seconds: float = 2.0,
    rounds: int = 3,
    batch_size: int = 64,
) -> None:
    """Measures the stages and the pipelines.

    Args:
        data_dir: The folder where CIFAR-10 is prepared; None means random images.
        photos: A folder of JPEGs; None means random images of 500 x 375 pixels.
        seconds: The seconds to measure each in a round.
        rounds: The number of rounds.
        batch_size: The number of images a batch.
    """
    with tempfile.TemporaryDirectory() as folder:
        if data_dir is None:
            _prepare(
                "cifar10", folder, [_random("png", i, 32, 32) for i in range(10000)]
            )
        files = (
            [file.read_bytes() for file in sorted(photos.glob("*.jpg"))]
            if photos
            else []
        )
        files = files or [_random("jpeg", i, 500, 375) for i in range(100)]
        _prepare("photos", folder, [files[i % len(files)] for i in range(1000)])
        measured = {
            "small images, 32 x 32": _pipelines(SMALL, data_dir or folder, batch_size),
            "photos, to 224 x 224": _pipelines(LARGE, folder, batch_size, CROP),
        }
        for title, pipelines in measured.items():
            _report(title, _rates(pipelines, seconds, rounds, batch_size))


def _pipelines(
    dataset: data.Dataset,
    data_dir: str | pathlib.Path,
    batch_size: int,
    crop: data.RandomResizedCrop | None = None,
) -> Pipelines:
    examples = dataset.examples("train", data_dir)
    train_batches = functools.partial(
        data.train_batches, batch_size=batch_size, seed=0, devices=1
    )

    def batches(num_workers: int) -> Iterator[jax.Array]:
        split = dataset.stream("train", data_dir, crop=crop, num_workers=num_workers)
        return _augmented(dataset, train_batches(split))

    pipelines = {
        "stage: reading the encoded": lambda: _read(examples, batch_size),
        "stage: decoding": lambda: _decoded(examples, batch_size, None),
        "stage: decoding a random crop": lambda: _decoded(examples, batch_size, crop),
        "stage: augmenting on the device": lambda: _on_device(
            dataset, crop, batch_size
        ),
        "in memory, on the device": lambda: _augmented(
            dataset, train_batches(dataset.read("train", data_dir))
        ),
        "streamed, 2 threads": lambda: batches(0),
        f"streamed, {WORKERS} workers": lambda: batches(WORKERS),
        f"torch DataLoader, {WORKERS} workers": lambda: input_in_torch.batches(
            examples, dataset.mean, dataset.std, crop, batch_size, WORKERS
        ),
    }
    if crop is None:
        del pipelines["stage: decoding a random crop"]
    else:
        del pipelines["in memory, on the device"]
    if importlib.util.find_spec("torch") is None:
        del pipelines[f"torch DataLoader, {WORKERS} workers"]
    return pipelines


def _read(examples: data.Examples, batch_size: int) -> Iterator[list[dict[str, Any]]]:
    rng = np.random.default_rng(0)
    while True:
        yield examples.__getitems__(
            rng.integers(len(examples), size=batch_size).tolist()
        )


def _decoded(
    examples: data.Examples, batch_size: int, crop: data.RandomResizedCrop | None
) -> Iterator[None]:
    encoded = [examples[i]["image"] for i in range(min(len(examples), 1000))]
    rng = np.random.default_rng(0)
    while True:
        for i in rng.integers(len(encoded), size=batch_size):
            if crop is None:
                data.decode(encoded[i], 3)
            else:
                decode_crop(encoded[i], 3, crop, rng)
        yield None


def _on_device(
    dataset: data.Dataset, crop: data.RandomResizedCrop | None, batch_size: int
) -> Iterator[jax.Array]:
    shape = (dataset.shape or ()) if crop is None else (crop.size, crop.size, 3)
    images = np.random.default_rng(0).integers(
        0, 256, (1, batch_size, *shape), np.uint8
    )
    batch = data.Batch(jax.numpy.asarray(images), jax.numpy.zeros((1, batch_size)))
    while True:
        yield from _augmented(dataset, [batch] * 100)


def _augmented(
    dataset: data.Dataset, batches: Iterable[data.Batch]
) -> Iterator[jax.Array]:
    augment = _augment(dataset)
    for step, batch in enumerate(batches):
        yield augment(step, batch.images)


@functools.cache
def _augment(dataset: data.Dataset) -> Callable[[int, jax.Array], jax.Array]:
    one = dataset.augment
    assert one is not None

    def augment(step: jax.Array, images: jax.Array) -> jax.Array:
        keys = jax.random.split(
            jax.random.fold_in(jax.random.key(0), step), len(images)
        )
        return dataset.normalize(jax.vmap(one)(keys, images))

    return jax.pmap(augment, in_axes=(None, 0), devices=jax.local_devices()[:1])


def _rates(
    pipelines: Pipelines, seconds: float, rounds: int, batch_size: int
) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in pipelines}
    for _ in range(rounds):
        for name, pipeline in pipelines.items():
            rates[name].append(batch_size * _batches_per_second(pipeline(), seconds))
    return {name: statistics.median(values) for name, values in rates.items()}


def _batches_per_second(batches: Iterator[Any], seconds: float) -> float:
    for _ in range(3 * WORKERS + 1):  # compiles, starts the workers, empties buffers
        jax.block_until_ready(next(batches))
    n, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        jax.block_until_ready(next(batches))
        n += 1
    return n / elapsed


def _report(title: str, rates: dict[str, float]) -> None:
    print(f"{title:40}{'images/s':>10}", flush=True)
    for name, rate in rates.items():
        print(f"  {name:38}{rate:10,.0f}", flush=True)
    print()


def _random(kind: str, seed: int, width: int, height: int) -> bytes:
    """Returns an image file; a large image is as smooth as a photo."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height // 8 + 8, width // 8 + 8, 3), np.uint8)
    image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    image.save(file := io.BytesIO(), kind, quality=90)
    return file.getvalue()


def _prepare(name: str, folder: str, files: list[bytes]) -> None:
    """Prepares image files as a data set of two classes."""
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core import registered

    from adrjax.data.builders import write
    from adrjax.data.builders._shards import shards

    with registered.skip_registration():

        class Files(tfds.core.ShardBasedBuilder):
            VERSION = tfds.core.Version("1.0.0")
            MANUAL_DOWNLOAD_INSTRUCTIONS = None

            def _info(self) -> tfds.core.DatasetInfo:
                features = {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "label": tfds.features.ClassLabel(num_classes=2),
                }
                return tfds.core.DatasetInfo(
                    builder=self,
                    features=tfds.features.FeaturesDict(features),
                    disable_shuffling=True,
                )

            def _shard_iterators_per_split(
                self, dl_manager: tfds.download.DownloadManager
            ) -> dict[str, Any]:
                return {
                    "train": shards(
                        len(files), lambda i: {"image": files[i], "label": i % 2}
                    )
                }

    Files.name = name
    write(Files, pathlib.Path(folder))


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.input")
