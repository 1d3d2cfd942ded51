"""Contact sheets: pictures of examples with their labels."""

from collections.abc import Mapping, Sequence
import io
import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from adrjax import _checks
from adrjax.data._dataset import Dataset
from adrjax.data._pairs import Pairs
from adrjax.data._prepared import Folder

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 112  # pixels of the longer side of a picture
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

    An example with a segmentation is drawn with the borders of the segments in red. A
    clip is drawn as its middle frame, a pair as both images.

    Args:
        dataset: The data set, prepared.
        split: The split.
        file: The PNG file to write.
        data_dir: The folder of all prepared data sets; None means the folder of tfds.
        n: The largest number of examples.

    Raises:
        FileNotFoundError: If the data set is not prepared there.
    """
    from PIL import Image, ImageDraw

    _checks.count("n", n, low=1)
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


def _text(example: Mapping[str, Any], names: Sequence[str]) -> str:
    label = example.get("label", example.get("id", ""))
    text = names[label] if names else label
    text = text.decode() if isinstance(text, bytes) else str(text)
    return text[: SIDE // 6]


def _picture(example: Mapping[str, Any]) -> "Image":
    from PIL import Image

    if "second" in example:
        return _side_by_side(example["first"], example["second"])
    frames = example.get("frames")
    encoded = example["image"] if frames is None else frames[len(frames) // 2]
    pixels = np.asarray(Image.open(io.BytesIO(encoded)))
    if pixels.dtype != np.uint8:  # depth: white is the farthest
        pixels = (pixels / max(pixels.max(), 1) * 255).astype(np.uint8)
    picture = Image.fromarray(pixels).convert("RGB")
    masks = [*example.get("segmentations", ()), *filter(None, [example.get("objects")])]
    if masks:
        picture.paste((255, 0, 0), mask=_borders(masks[0]))
    scale = SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    kind = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    return picture.resize((width, height), kind)


def _side_by_side(first: bytes, second: bytes) -> "Image":
    from PIL import Image

    pair = Image.new("RGB", (SIDE, SIDE), "white")
    for i, encoded in enumerate((first, second)):
        half = Image.open(io.BytesIO(encoded)).convert("RGB")
        half.thumbnail((SIDE // 2 - 1, SIDE // 2))
        pair.paste(half, (i * (SIDE // 2 + 1), SIDE - half.height))
    return pair


def _borders(mask: bytes) -> "Image":
    from PIL import Image, ImageFilter

    segments = np.asarray(Image.open(io.BytesIO(mask)))
    border = np.zeros(segments.shape, bool)
    border[:-1] |= segments[:-1] != segments[1:]
    border[:, :-1] |= segments[:, :-1] != segments[:, 1:]
    return Image.fromarray(border.astype(np.uint8) * 255).filter(
        ImageFilter.MaxFilter(3)
    )
