"""Files of images for miniatures, and what a builder that refuses them leaves."""

import io

import numpy as np
from PIL import Image
import pytest

from adrjax.data import builders


def photo(seed, height=12, width=16, kind="jpeg"):
    """Returns an image file, a different one for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def write(path, content):
    """Writes text or bytes, and the folders above them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content)
    else:
        path.write_bytes(content)


def cut(path):
    """Truncates a file to its first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def refused(builder, files, folder, error, match):
    """Checks that preparing fails, says it on one screen and leaves nothing."""
    with pytest.raises(error, match=match) as caught:
        builders.prepare(builder, folder, files)
    assert len(str(caught.value)) < 1000
    left = [path for path in (folder / builder.name).rglob("*") if path.exists()]
    assert not left
