"""Files of miniature data sets, and a check of failed preparation."""

import io

import numpy as np
from PIL import Image
import pytest


def photo(seed, height=12, width=16, kind="jpeg"):
    """Returns the bytes of a random image file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def write(path, content):
    """Writes text or bytes, and creates the folders above."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content)
    else:
        path.write_bytes(content)


def cut(path):
    """Truncates a file to its first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def refused(dataset, files, folder, error, match):
    """Checks that preparing fails with a short error and leaves nothing behind."""
    with pytest.raises(error, match=match) as caught:
        dataset.prepare(folder, files)
    assert len(str(caught.value)) < 1000
    left = [path for path in (folder / dataset.name).rglob("*") if path.exists()]
    assert not left
