"""Checks of the arguments of a run, all made before anything is written."""

from collections.abc import Iterable, Mapping
import json
import math
from typing import Any
import zlib

import jax
import numpy as np

from adrjax import _checks, data
from adrjax.train._errors import ArgumentError

_SHOWN = 5  # differing arrays in an error


def count(name: str, n: int, *, low: int, high: int | None = None, of: str = "") -> int:
    """Returns the integer `n`, which must lie in low..high; `of` explains high.

    Raises:
        TypeError: If `n` is not an integer.
        ArgumentError: If it is out of range.
    """
    try:
        return _checks.count(name, n, low=low, high=high, of=of)
    except ValueError as error:
        raise ArgumentError(str(error)) from None


def optional_count(name: str, n: int | None, *, low: int) -> int | None:
    """Returns None or the integer `n`, which must be at least low."""
    return None if n is None else count(name, n, low=low)


def device_count(devices: int | None) -> int:
    """Returns the number of local devices to use, all for None."""
    local = jax.local_device_count()
    if devices is None:
        return local
    return count("devices", devices, low=1, high=local, of=" of this process")


def group(steps: int, split: data.Split) -> int | None:
    """Returns the number of batches of a split in a group; None for single batches."""
    steps = count("steps_per_dispatch", steps, low=1)
    is_in_memory = isinstance(split.images, np.ndarray | jax.Array)
    return steps if is_in_memory and steps > 1 else None


def ema_decay(decay: float | None) -> float | None:
    """Returns None or the decay, which must lie in [0, 1)."""
    if decay is None:
        return None
    if not isinstance(decay, float | int | np.floating | np.integer):
        raise TypeError(f"ema_decay must be a number or None, got {decay!r}")
    if not 0 <= decay < 1:
        raise ArgumentError(f"ema_decay must lie in [0, 1), got {decay}")
    return float(decay)


def batch_size(size: int, num_images: int, num_devices: int) -> int:
    """Returns the batch size, which the devices must share evenly."""
    size = count("batch_size", size, low=1)
    if size > num_images:
        raise ArgumentError(
            f"batch_size must be at most the {num_images} training images, got {size}"
        )
    if size % num_devices:
        raise ArgumentError(
            f"batch_size must be a multiple of the {num_devices} devices, got {size}: "
            "change it or choose fewer devices"
        )
    return size


def check_split(name: str, split: data.Split, dataset: data.Dataset) -> None:
    """Raises unless a split has images and a label of a class for each.

    Args:
        name: Name of the argument.
        split: The images and labels.
        dataset: The data set, which has the number of classes.

    Raises:
        TypeError: If the labels are not integers.
        ArgumentError: If the split is empty, or has labels that are out of range or
            not as many as the images.
    """
    images, labels = split.images, np.asarray(split.labels)
    if not len(images):
        raise ArgumentError(f"{name} must have at least one image, got none")
    if len(images) != len(labels):
        raise ArgumentError(
            f"{name} must have one label an image, got {len(images)} images and "
            f"{len(labels)} labels"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(
            f"{name} labels must be integers, got {labels.dtype}; cast them with "
            ".astype(int)"
        )
    last = dataset.num_classes - 1
    if last >= 0 and (labels.min() < 0 or labels.max() > last):
        raise ArgumentError(
            f"{name} labels must lie in 0..{last} for the {last + 1} classes of "
            f"{dataset.name}, got {labels.min()}..{labels.max()}"
        )


def order(
    order: data.ClassBalanced | data.Repeated,
    split: data.Split,
    batch_size: int,
    seed: int,
) -> None:
    """Raises an ArgumentError unless an order fits the split and the batch size."""
    try:
        order.of(np.asarray(split.labels), batch_size, seed)
    except ValueError as error:
        raise ArgumentError(f"order: {error}") from None


def evaluations(names: Iterable[str], best: str | None) -> None:
    """Raises an ArgumentError if a name is reserved, or none has the metric best."""
    names = list(names)
    for name in names:
        if name.startswith("train_"):
            raise ArgumentError(
                "evaluations must not be named train_..., which the metrics of "
                f"training are, got {name!r}"
            )
    if best is not None and not any(best.startswith(f"{name}/") for name in names):
        known = f"with one of the names {', '.join(names)}"
        raise ArgumentError(
            "best must be a metric of an evaluation, as in 'name/metric', "
            f"{known if names else 'and there are no evaluations'}, got {best!r}"
        )


def check_variables(name: str, variables: Any, first: Any) -> None:
    """Raises an ArgumentError unless variables have shapes and dtypes of the first."""
    there, here = _described(variables), _described(first)
    names = [x for x in {**here, **there} if there.get(x) != here.get(x)]
    if names:
        lines = "".join(
            f"\n  {x}: {there.get(x, 'none')} returned, {here.get(x, 'none')} expected"
            for x in names[:_SHOWN]
        )
        more = f"\n  and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise ArgumentError(
            f"{name}: start must return variables of the shapes and dtypes that it "
            f"got:{lines}{more}"
        )


def describe_split(split: data.Split) -> str:
    """Returns the number of images and a checksum of the labels."""
    labels = np.asarray(split.labels, np.int32)
    return f"{len(labels)} images, labels {zlib.crc32(labels.tobytes()):08x}"


def as_json(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a mapping as JSON reads it back; NumPy numbers become plain ones.

    Raises:
        ArgumentError: If JSON cannot hold it.
    """
    try:
        text = json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"{name} must hold strings, finite numbers, booleans, None, lists and "
            f"dicts: {error}"
        ) from None
    return json.loads(text)


def check_disjoint(name: str, names: Iterable[str], reserved: Iterable[str]) -> None:
    """Raises an ArgumentError if a name is one that is reserved."""
    both = sorted({*names} & {*reserved})
    if both:
        raise ArgumentError(
            f"{name} must not be named {', '.join(map(repr, both))}: the run records "
            "something else under that name"
        )


def finite(name: str, values: Mapping[str, Any]) -> dict[str, float]:
    """Returns the values as floats.

    Raises:
        ArgumentError: If one is not finite, which JSON cannot hold.
    """
    numbers = {key: float(value) for key, value in values.items()}
    for key, value in numbers.items():
        if not math.isfinite(value):
            raise ArgumentError(
                f"{name} must return finite numbers, got {value} for {key!r}"
            )
    return numbers


def _described(tree: Any) -> dict[str, str]:
    """Returns dtypes and shapes by path."""
    leaves = jax.tree.leaves_with_path(tree)
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): (
            f"{np.asarray(x).dtype}{[*np.shape(x)]}"
        )
        for path, x in leaves
    }


def _plain(value: Any) -> Any:
    """Returns a NumPy or JAX number or array, or a mapping, as Python's."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic | np.ndarray | jax.Array):
        return np.asarray(value).tolist()
    raise TypeError(f"{type(value).__name__} {value!r}")
