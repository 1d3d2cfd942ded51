"""Batches on the devices, gathered from a split that stays there or decoded."""

from collections.abc import Iterator
import contextlib
import dataclasses
import functools
from multiprocessing import util
from typing import NamedTuple
import weakref

import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import numpy as np

from adrjax import _checks
from adrjax.data._dataset import Split
from adrjax.data._order import InOrder, Shuffled
from adrjax.data._streamed import Streamed

THREADS = 2  # that decode where no process does, a batch each


class Batch(NamedTuple):
    """One part of a batch for each local device, on that device.

    Attributes:
        images: uint8 `[devices, batch_size / devices, height, width, channels]`.
        labels: int32 `[devices, batch_size / devices]`.
    """

    images: jax.Array
    labels: jax.Array


def upload(split: Split, *, devices: int | None = None) -> Split:
    """Copies a split to every device, or returns it as it is if it lies there.

    The iterators below do so themselves. Do it once before them where several runs of
    a process share a split. One from `Dataset.stream` is returned as it is.

    Args:
        split: The images and labels.
        devices: How many local devices to use, all for None.

    Returns:
        The split as arrays replicated over the devices.

    Raises:
        ValueError: If there are not as many labels as images.
    """
    if len(split.images) != len(split.labels):
        raise ValueError(
            f"split has {len(split.images)} images, wanted as many labels, got "
            f"{len(split.labels)}"
        )
    if isinstance(split.images, Streamed):
        return split
    return jax.device_put(split, _sharding(devices, PartitionSpec()))


def train_batches(
    split: Split,
    *,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    devices: int | None = None,
) -> Iterator[Batch]:
    """Yields shuffled batches without end.

    Each epoch is a permutation that only `seed` and the number of the epoch decide; the
    rest that fills no batch is dropped. The batch of a step is the same, row for row,
    on any number of devices.

    Args:
        split: The images and labels, from `Dataset.read`, `Dataset.stream` or `upload`.
        batch_size: Examples a step, over all devices of all processes.
        seed: Decides the order; at least 0.
        first_step: The step to begin with: 0, or the one to resume from.
        devices: How many local devices to use, all for None.

    Returns:
        An iterator over batches laid out as `jax.pmap` takes and returns them.

    Raises:
        ValueError: If the devices cannot share the batch evenly, or it is larger than
            the split.
    """
    devices = _checked_devices(batch_size, devices)
    _checks.count(
        "batch_size",
        batch_size,
        low=1,
        high=len(split.labels),
        of=" images of the split",
    )
    rows_of = Shuffled(len(split.labels), batch_size, seed)
    return _batches(upload(split, devices=devices), rows_of, first_step, devices)


def eval_batches(
    split: Split, *, batch_size: int, devices: int | None = None
) -> Iterator[tuple[Batch, int]]:
    """Yields the examples in order, once.

    Args:
        split: The images and labels, from `Dataset.read`, `Dataset.stream` or `upload`.
        batch_size: Examples a step, over all devices of all processes.
        devices: How many local devices to use, all for None.

    Returns:
        An iterator over batches and the number of their rows that are real: the last
        batch is filled up with copies of its first row.

    Raises:
        ValueError: If the devices cannot share the batch evenly.
    """
    devices = _checked_devices(batch_size, devices)
    _checks.count("batch_size", batch_size, low=1)
    rows_of = InOrder(len(split.labels), batch_size)
    batches = _batches(upload(split, devices=devices), rows_of, 0, devices)
    real = map(rows_of.real, range(rows_of.num_steps))
    return zip(batches, real, strict=True)


def _batches(split, rows_of, first_step, devices):
    steps = range(first_step, rows_of.num_steps)
    if isinstance(split.images, Streamed):
        return _decoded(split, rows_of, steps, devices)
    return (_gather(*split, _share(rows_of(step), devices)) for step in steps)


def _decoded(split, rows_of, steps, devices):
    """Returns the batches of the steps, decoded by threads or processes."""
    from absl import flags
    import grain

    flags.FLAGS.mark_as_parsed()  # grain 0.2.18 reads flags to start a worker
    labels = np.asarray(split.labels, np.int32)  # a worker has no device
    processes, process = jax.process_count(), jax.process_index()
    decode = _Decode(split.images, labels, rows_of, devices, processes, process)
    sharding = _sharding(devices, PartitionSpec("batch"))
    num_workers = split.images.num_workers
    threads = 0 if num_workers else THREADS
    batches = (
        grain.MapDataset.range(steps.start, steps.stop)
        .map(decode)
        .to_iter_dataset(grain.ReadOptions(threads, prefetch_buffer_size=threads))
    )
    if num_workers:
        batches = batches.mp_prefetch(grain.MultiprocessingOptions(num_workers))
    decoded = _closing(batches, sharding)
    # Workers and the memory they share are given up when Python exits, before the
    # threads that grain frees the memory with, whose priority is 15.
    util.Finalize(decoded, _close, (weakref.ref(decoded),), exitpriority=20)
    return decoded


def _closing(batches, sharding):
    with contextlib.closing(iter(batches)) as iterator:
        yield from map(functools.partial(_put, sharding=sharding), iterator)


def _close(decoded):
    generator = decoded()
    if generator is not None:
        generator.close()


def _put(batch, sharding):
    # A copy, as a CPU device would make none of the worker's memory.
    return Batch(*(jax.device_put(np.array(part), sharding) for part in batch))


@dataclasses.dataclass(frozen=True)
class _Decode:
    """Maps a step to this process's part of its batch, in whatever process."""

    images: Streamed
    labels: np.ndarray
    rows_of: Shuffled | InOrder
    devices: int
    processes: int
    process: int

    def __call__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.rows_of(step)
        places = np.split(np.arange(len(rows)), self.processes)[self.process]
        seeds = [(self.rows_of.seed, step, place) for place in places.tolist()]
        images = self.images.decode(rows[places], seeds)
        return (
            images.reshape(self.devices, -1, *images.shape[1:]),
            self.labels[rows[places]].reshape(self.devices, -1),
        )


@functools.partial(jax.pmap, in_axes=(None, None, 0), axis_name="batch")
def _gather(images: jax.Array, labels: jax.Array, rows: jax.Array) -> Batch:
    return Batch(images[rows], labels[rows])


def _sharding(devices, spec):
    return NamedSharding(Mesh(jax.local_devices()[:devices], ("batch",)), spec)


def _share(rows: np.ndarray, devices: int) -> np.ndarray:
    """Returns this process's rows, `[devices, batch_size / all devices]`."""
    shares = rows.astype(np.int32).reshape(jax.process_count(), devices, -1)
    return shares[jax.process_index()]


def _checked_devices(batch_size: int, devices: int | None) -> int:
    local = jax.local_device_count()
    devices = local if devices is None else devices
    _checks.count("devices", devices, low=1, high=local, of=" of this process")
    everywhere = devices * jax.process_count()
    if batch_size % everywhere:
        fits = max(1, round(batch_size / everywhere)) * everywhere
        raise ValueError(
            f"{everywhere} devices cannot share batch_size={batch_size} evenly; "
            f"{fits} would do"
        )
    return devices
