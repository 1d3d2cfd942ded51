"""The record files of a tfds data source, and what is kept beside them."""

import os
import pathlib
from typing import Any
import uuid

import numpy as np


def shards(source: Any) -> list[Any]:
    """Returns which records of which files make up a tfds data source."""
    return source.dataset_info.splits[source.split].file_instructions


def check_records(source: Any) -> None:
    """Checks that the files of a tfds data source have all their records.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is truncated.
    """
    from array_record.python.array_record_module import ArrayRecordReader

    for shard in shards(source):
        if not os.path.exists(shard.filename):
            raise FileNotFoundError(
                f"{shard.filename} is missing\nRemove its folder and prepare the data "
                "set again."
            )
        try:
            records = ArrayRecordReader(str(shard.filename)).num_records()
        except (RuntimeError, ValueError) as error:
            records = error
        if records != shard.examples_in_shard:
            raise ValueError(
                f"{shard.filename} is truncated: it must have "
                f"{shard.examples_in_shard} records, got {records}\nRemove its folder "
                "and prepare the data set again."
            )


def labels(source: Any, feature: str) -> np.ndarray:
    """Returns the labels of a tfds data source, int64 `[n]`, without decoding images.

    The labels of a record file are cached beside it, because reading them means reading
    the whole file. The cache holds the size and the modification time of the record
    file before the labels; if these or the number of labels differ, the labels are read
    again and the cache is replaced.
    """
    found = [
        _shard_labels(shard, feature, source.dataset_info.features)[
            shard.skip : shard.skip + shard.take
        ]
        for shard in shards(source)
    ]
    return np.concatenate([np.empty(0, np.int64), *found])


def _shard_labels(shard: Any, feature: str, features: Any) -> np.ndarray:
    status = os.stat(shard.filename)
    head = [status.st_size, status.st_mtime_ns]
    file = pathlib.Path(f"{shard.filename}.{feature}.npy")
    cached = _cached(file, head, shard.examples_in_shard)
    if cached is not None:
        return cached
    found = _read_labels(shard.filename, feature, features)
    keep(file, np.concatenate([np.array(head, np.int64), found]))
    return found


def keep(file: pathlib.Path, array: np.ndarray) -> bool:
    """Writes an array beside the records, whole or not at all; returns whether so."""
    partial = file.with_suffix(f".{uuid.uuid4().hex}.partial")
    try:
        with partial.open("wb") as opened:
            np.save(opened, array)
        partial.replace(file)
    except OSError:  # a read-only folder or a full disk: computed again next time
        partial.unlink(missing_ok=True)
        return False
    return True


def _cached(file: pathlib.Path, head: list[int], n: int) -> np.ndarray | None:
    """Returns the `n` labels of a cache that begins with `head`, or None."""
    try:
        cached = np.load(file)
    except (OSError, EOFError, ValueError):  # missing, empty, truncated
        return None
    is_current = (
        isinstance(cached, np.ndarray)
        and cached.dtype == np.int64
        and cached.shape == (2 + n,)
        and cached[:2].tolist() == head
    )
    return cached[2:] if is_current else None


def _read_labels(filename: str, feature: str, features: Any) -> np.ndarray:
    from array_record.python.array_record_module import ArrayRecordReader
    import tensorflow_datasets as tfds

    only: Any = tfds.features.FeaturesDict({feature: features[feature]})
    records = ArrayRecordReader(str(filename)).read_all()
    found = [only.deserialize_example_np(record)[feature] for record in records]
    return np.array(found, np.int64)
