"""FER2013."""

from collections.abc import Iterator
import csv
import pathlib
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data.builders._files import INSTRUCTIONS, inside

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = {"train": "Training", "validation": "PublicTest", "test": "PrivateTest"}


class Fer2013(tfds.core.GeneratorBasedBuilder):
    """The faces of Kaggle's csv file, in the splits of its column `Usage`."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="Faces of 48 x 48 grey pixels in seven expressions.",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(48, 48, 1)),
                    "label": tfds.features.ClassLabel(names=EXPRESSIONS),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        path = inside(dl_manager.manual_dir, "fer2013.csv")
        return {
            split: self._generate_examples(path, usage)
            for split, usage in USAGES.items()
        }

    def _generate_examples(
        self, path: pathlib.Path, usage: str
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        from PIL import Image

        with path.open(newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != ["emotion", "pixels", "Usage"]:
                raise ValueError(
                    f"{path} must have the columns emotion, pixels and Usage, got "
                    f"{rows.fieldnames}"
                )
            for row in rows:
                image, label = _parsed(row, f"{path}, line {rows.line_num},")
                if row["Usage"] == usage:
                    face = {"image": Image.fromarray(image), "label": label}
                    yield rows.line_num, face


def _parsed(row: dict[str, str], origin: str) -> tuple[np.ndarray, int]:
    if row["Usage"] not in USAGES.values():
        raise ValueError(
            f"{origin} must have a Usage of {', '.join(USAGES.values())}, got "
            f"{row['Usage']!r}; the file may be truncated"
        )
    try:
        image = np.array(row["pixels"].split(), np.uint8).reshape(48, 48)
        label = int(row["emotion"])
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{origin} is not a face of 48 x 48 pixels: {error}"
        ) from error
    if not 0 <= label < 7:
        raise ValueError(f"{origin} must have an emotion in 0..6, got {label}")
    return image, label
