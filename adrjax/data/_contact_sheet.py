"""A sheet of pictures with their labels, for people to look at."""

import io
import math
import os
from typing import TYPE_CHECKING

import numpy as np

from adrjax.data._dataset import Dataset, Folder
from adrjax.data._pairs import Pairs

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 112  # pixels of a picture's longer side
LINE = 14  # pixels of the line of text below it


def contact_sheet(
    dataset: Dataset | Pairs,
    split: str,
    file: str | os.PathLike,
    data_dir: Folder = None,
    *,
    n: int = 64,
) -> None:
    """Draws examples of a split, evenly spaced over it, each above its label.

    Where there is a segmentation instead, its borders are drawn in red. Of a clip the
    frame in the middle is drawn, of a pair both images.

    Args:
        dataset: The data set, prepared.
        split: The split.
        file: The PNG to write.
        data_dir: The folder of all prepared data sets; None for that of tfds.
        n: How many examples at most.

    Raises:
        FileNotFoundError: If the data set is not prepared there.
    """
    from PIL import Image, ImageDraw

    examples = dataset.examples(split, data_dir)
    names = ()
    if isinstance(dataset, Dataset) and dataset.num_classes:
        names = dataset.class_names(data_dir)
    n = min(n, len(examples))
    columns = math.ceil(math.sqrt(n))
    cell = (SIDE + 8, SIDE + LINE + 8)
    sheet = Image.new(
        "RGB", (columns * cell[0], math.ceil(n / columns) * cell[1]), "white"
    )
    draw = ImageDraw.Draw(sheet)
    for i, place in enumerate(np.linspace(0, len(examples) - 1, n).astype(int)):
        x, y = i % columns * cell[0] + 4, i // columns * cell[1] + 4
        example = examples[place]
        sheet.paste(_picture(example), (x, y))
        draw.text((x, y + SIDE + 1), _text(example, names), fill="black")
    sheet.save(file)


def _text(example, names):
    label = example.get("label", example.get("id", ""))
    text = names[label] if names else label
    text = text.decode() if isinstance(text, bytes) else str(text)
    return text[: SIDE // 6]


def _picture(example) -> "Image":
    from PIL import Image

    if "second" in example:
        return _side_by_side(example["first"], example["second"])
    frames = example.get("frames")
    encoded = example["image"] if frames is None else frames[len(frames) // 2]
    pixels = np.asarray(Image.open(io.BytesIO(encoded)))
    if pixels.dtype != np.uint8:  # depth: the farthest is white
        pixels = (pixels / max(pixels.max(), 1) * 255).astype(np.uint8)
    picture = Image.fromarray(pixels).convert("RGB")
    masks = [*example.get("segmentations", ()), *filter(None, [example.get("objects")])]
    if masks:
        picture.paste((255, 0, 0), mask=_borders(masks[0]))
    scale = SIDE / max(picture.size)
    size = [max(1, round(side * scale)) for side in picture.size]
    kind = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    return picture.resize(size, kind)


def _side_by_side(first, second):
    from PIL import Image

    pair = Image.new("RGB", (SIDE, SIDE), "white")
    for i, encoded in enumerate((first, second)):
        half = Image.open(io.BytesIO(encoded)).convert("RGB")
        half.thumbnail((SIDE // 2 - 1, SIDE // 2))
        pair.paste(half, (i * (SIDE // 2 + 1), SIDE - half.height))
    return pair


def _borders(mask):
    from PIL import Image, ImageFilter

    segments = np.asarray(Image.open(io.BytesIO(mask)))
    border = np.zeros(segments.shape, bool)
    border[:-1] |= segments[:-1] != segments[1:]
    border[:, :-1] |= segments[:, :-1] != segments[:, 1:]
    return Image.fromarray(border.astype(np.uint8) * 255).filter(
        ImageFilter.MaxFilter(3)
    )
