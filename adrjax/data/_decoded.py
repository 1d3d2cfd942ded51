"""Decoded splits, kept beside the prepared data."""

import hashlib
import json
import os
import pathlib
import re

import numpy as np

from adrjax.data._records import keep, shards
from adrjax.data._streamed import Streamed

CHUNK = 1000  # examples read at once, to bound the memory of the encoded images


def all_images(streamed: Streamed) -> np.ndarray:
    """Returns all images of a split, uint8 `[n, height, width, channels]`.

    Decoding takes ten times as long as reading the array, which is therefore kept in a
    file beside the records. Its name has a hash of their sizes and modification times;
    if these differ, the images are decoded again and the file is replaced.

    Raises:
        ValueError: If an image cannot be decoded or has another shape.
    """
    file = _file(streamed)
    try:
        images = np.load(file, allow_pickle=False)
        if images.shape == streamed.shape and images.dtype == np.uint8:
            return images
    except (OSError, ValueError, EOFError):  # not there, or cut off
        pass
    images = _decoded(streamed)
    if keep(file, images):
        *same, _, _ = file.name.split(".")
        for old in {*file.parent.glob(f"{'.'.join(same)}.*.npy")} - {file}:
            old.unlink(missing_ok=True)
    return images


def _decoded(streamed: Streamed) -> np.ndarray:
    images = np.empty(streamed.shape, np.uint8)
    for start in range(0, len(streamed), CHUNK):
        chunk = range(start, min(start + CHUNK, len(streamed)))
        found = streamed.examples.__getitems__(chunk)
        for i, example in zip(chunk, found, strict=True):
            images[i] = streamed.decoded(example, i)
    return images


def _file(streamed: Streamed) -> pathlib.Path:
    """Returns the file of a split: its name, what is chosen of it, and its records."""
    examples = streamed.examples
    files = shards(examples.source)
    status = [os.stat(file.filename) for file in files]
    records = [
        (
            os.path.basename(file.filename),
            x.st_size,
            x.st_mtime_ns,
            file.skip,
            file.take,
        )
        for file, x in zip(files, status, strict=True)
    ]
    places = None if examples.places is None else examples.places.tolist()
    split = re.sub(r"\W+", "-", streamed.split)
    name = f"{split}.{_digest([places, streamed.image_shape])}.{_digest(records)}.npy"
    return pathlib.Path(files[0].filename).with_name(name)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:8]
