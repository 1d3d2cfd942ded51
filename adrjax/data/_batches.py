"""Batches on devices, gathered from a split that lies there or decoded on the host."""

from collections.abc import Iterable, Iterator, Sequence
import contextlib
import dataclasses
import functools
import itertools
from multiprocessing import util
from typing import Any, NamedTuple
import weakref

import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import numpy as np

from adrjax import _checks
from adrjax.data._dataset import Split
from adrjax.data._order import ClassBalanced, InOrder, Order, Repeated, Shuffled
from adrjax.data._streamed import Streamed

THREADS = 2  # that decode a batch each, if no process does


class Batch(NamedTuple):
    """A batch, one part on each local device.

    A group of batches has one more axis, after that of the devices.

    Attributes:
        images: uint8 `[devices, batch_size / devices, height, width, channels]`.
        labels: int32 `[devices, batch_size / devices]`.
    """

    images: jax.Array
    labels: jax.Array


def upload(split: Split, *, devices: int | None = None) -> Split:
    """Replicates a split over devices; a split that is there is not copied again.

    `train_batches` and `eval_batches` do this themselves. Call it before them if
    several runs of a process share a split. A split from `Dataset.stream` is returned
    unchanged.

    Args:
        split: The images and labels.
        devices: The number of local devices; None means all.

    Returns:
        The split as arrays replicated over the devices.

    Raises:
        ValueError: If the split is empty, or the numbers of images and labels differ.
        TypeError: If the labels are not integers.
    """
    _check_split(split)
    if isinstance(split.images, Streamed):
        return split
    return jax.device_put(split, _sharding(_local(devices), PartitionSpec()))


def train_batches(
    split: Split,
    *,
    batch_size: int,
    seed: int,
    order: ClassBalanced | Repeated | None = None,
    first_step: int = 0,
    devices: int | None = None,
    groups: Iterable[int] | None = None,
) -> Iterator[Batch]:
    """Yields shuffled, repeated or class-balanced batches without end.

    The permutation of an epoch depends only on `seed` and the number of the epoch; an
    incomplete batch at its end is dropped. A class-balanced batch depends only on
    `seed` and the step. The batch of a step is the same, row for row, on any number of
    devices.

    Args:
        split: The images and labels, from `Dataset.read`, `Dataset.stream` or `upload`.
        batch_size: The number of examples a step, over all devices of all processes.
        seed: The seed of the order, at least 0.
        order: `ClassBalanced` for batches of some classes and some images of each,
            `Repeated` for shuffled batches with several views of each image; None for
            shuffled batches.
        first_step: The first step: 0, or the step to resume from.
        devices: The number of local devices; None means all.
        groups: The numbers of batches to yield at a time, for a program that scans over
            the steps of a group. A group has one more axis, after that of the devices:
            images `[devices, steps, batch_size / devices, ...]`. None yields batches
            one by one, without that axis. The images must be in memory.

    Returns:
        An iterator over batches in the layout of `jax.pmap`.

    Raises:
        ValueError: If the split is empty, the devices cannot share the batch evenly, or
            the batch is larger than the split, or for groups of images that are decoded
            batch by batch. With `ClassBalanced`, if its batches
            have another size, the split has fewer classes, or its labels are not `[n]`.
    """
    _check_split(split)
    n = None if order else len(split.labels)
    of = " images of the split"
    batch_size = _checks.count("batch_size", batch_size, low=1, high=n, of=of)
    seed = _checks.count("seed", seed, low=0)
    first_step = _checks.count("first_step", first_step, low=0)
    devices = _sharing(batch_size, devices)
    if order:
        rows_of = order.of(np.asarray(split.labels), batch_size, seed)
    else:
        rows_of = Shuffled(len(split.labels), batch_size, seed)
    return _batches(
        upload(split, devices=devices), rows_of, first_step, devices, groups
    )


def eval_batches(
    split: Split,
    *,
    batch_size: int,
    devices: int | None = None,
    group: int | None = None,
) -> Iterator[tuple[Batch, int]]:
    """Yields the examples in order, once.

    Args:
        split: The images and labels, from `Dataset.read`, `Dataset.stream` or `upload`.
        batch_size: The number of examples a step, over all devices of all processes.
        devices: The number of local devices; None means all.
        group: The number of batches to yield at a time, as in `train_batches`; those
            that are left at the end are groups of one. None yields batches one by one.

    Returns:
        An iterator over batches and the number of their rows that are real: the last
        batch is padded with copies of its first row.

    Raises:
        ValueError: If the split is empty or the devices cannot share the batch evenly,
            or for groups of images that are decoded batch by batch.
    """
    _check_split(split)
    batch_size = _checks.count("batch_size", batch_size, low=1)
    devices = _sharing(batch_size, devices)
    rows_of = InOrder(len(split.labels), batch_size)
    groups = None
    if group is not None:
        group = _checks.count("group", group, low=1)
        whole, rest = divmod(rows_of.num_steps, group)
        groups = [group] * whole + [1] * rest
    batches = _batches(upload(split, devices=devices), rows_of, 0, devices, groups)
    steps, sizes = range(rows_of.num_steps), groups or [1] * rows_of.num_steps
    real = (sum(map(rows_of.real, group)) for group in _in_groups(steps, sizes))
    return zip(batches, real, strict=True)


def _batches(
    split: Split,
    rows_of: Order,
    first_step: int,
    devices: int,
    groups: Iterable[int] | None,
) -> Iterator[Batch]:
    steps = range(first_step, rows_of.num_steps)
    if isinstance(split.images, Streamed):
        if groups is not None:
            raise ValueError(
                "batches are grouped on the devices, so the images must be in memory "
                "(Dataset.read); those of Dataset.stream come one batch at a time"
            )
        return _decoded(split.images, split.labels, rows_of, steps, devices)

    def share(step: int) -> np.ndarray:
        return _share(rows_of(step), devices)

    if groups is None:
        return (_gather(*split, share(step)) for step in steps)
    return (
        _gather(*split, np.stack([*map(share, group)], axis=1))
        for group in _in_groups(steps, groups)
    )


def _in_groups(steps: range, sizes: Iterable[int]) -> Iterator[list[int]]:
    """Yields the steps of each group."""
    remaining = iter(steps)
    for size in sizes:
        size = _checks.count("groups", size, low=1)
        yield list(itertools.islice(remaining, size))


def _decoded(
    images: Streamed,
    labels: np.ndarray | jax.Array,
    rows_of: Order,
    steps: range,
    devices: int,
) -> Iterator[Batch]:
    """Returns the batches of the steps, decoded by threads or processes."""
    from absl import flags
    import grain

    flags.FLAGS.mark_as_parsed()  # grain 0.2.18 reads flags to start a worker
    labels = np.asarray(labels, np.int32)  # a worker has no device
    processes, process = jax.process_count(), jax.process_index()
    decode = _Decode(images, labels, rows_of, devices, processes, process)
    sharding = _sharding(devices, PartitionSpec("batch"))
    threads = 0 if images.num_workers else THREADS
    batches = (
        grain.MapDataset.range(steps.start, steps.stop)
        .map(decode)
        .to_iter_dataset(grain.ReadOptions(threads, prefetch_buffer_size=threads))
    )
    if images.num_workers:
        options = grain.MultiprocessingOptions(images.num_workers)
        batches = batches.mp_prefetch(options)
    decoded = _closing(batches, sharding)
    # At exit, workers and the memory they share must end before the threads of grain
    # that free the memory, whose priority is 15.
    util.Finalize(decoded, _close, (weakref.ref(decoded),), exitpriority=20)
    return decoded


def _closing(batches: Any, sharding: NamedSharding) -> Iterator[Batch]:
    with contextlib.closing(iter(batches)) as iterator:
        yield from map(functools.partial(_put, sharding=sharding), iterator)


def _close(decoded: weakref.ref) -> None:
    generator = decoded()
    if generator is not None:
        generator.close()


def _put(batch: Sequence[np.ndarray], sharding: NamedSharding) -> Batch:
    # A copy, because a CPU device would use the worker's memory in place.
    return Batch(*(jax.device_put(np.array(part), sharding) for part in batch))


@dataclasses.dataclass(frozen=True)
class _Decode:
    """Maps a step to this process's part of its batch, in any process."""

    images: Streamed
    labels: np.ndarray
    rows_of: Order
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
            self.labels[rows[places]].reshape(self.devices, -1, *self.labels.shape[1:]),
        )


@functools.partial(jax.pmap, in_axes=(None, None, 0), axis_name="batch")
def _gather(images: jax.Array, labels: jax.Array, rows: jax.Array) -> Batch:
    return Batch(images[rows], labels[rows])


def _sharding(devices: int, spec: PartitionSpec) -> NamedSharding:
    return NamedSharding(Mesh(jax.local_devices()[:devices], ("batch",)), spec)


def _share(rows: np.ndarray, devices: int) -> np.ndarray:
    """Returns the rows of this process, `[devices, batch_size / all devices]`."""
    shares = rows.astype(np.int32).reshape(jax.process_count(), devices, -1)
    return shares[jax.process_index()]


def _check_split(split: Split) -> None:
    n = len(split.images)
    if len(split.labels) != n:
        raise ValueError(
            f"split has {n} images, so it must have {n} labels, got {len(split.labels)}"
        )
    if not n:
        raise ValueError("split must have at least one image, got an empty one")
    dtype = getattr(split.labels, "dtype", type(split.labels))
    if not np.issubdtype(dtype, np.integer):
        raise TypeError(
            f"labels of a split must be an array of integers, got {dtype}; for one-hot "
            "labels take jnp.argmax(labels, -1), and Dataset.mix makes soft targets"
        )


def _local(devices: int | None) -> int:
    n = jax.local_device_count()
    if devices is None:
        return n
    return _checks.count("devices", devices, low=1, high=n, of=" of this process")


def _sharing(batch_size: int, devices: int | None) -> int:
    """Returns the number of local devices, which must divide the batch."""
    devices = _local(devices)
    everywhere = devices * jax.process_count()
    if batch_size % everywhere:
        fits = max(1, round(batch_size / everywhere)) * everywhere
        raise ValueError(
            f"batch_size must be a multiple of the {everywhere} devices, got "
            f"{batch_size}; {fits} would do"
        )
    return devices
