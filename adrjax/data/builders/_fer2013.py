"""FER2013."""

import csv

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data._fer2013 import FILES
from adrjax.data.builders._files import inside

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = {"train": "Training", "validation": "PublicTest", "test": "PrivateTest"}


class Fer2013(tfds.core.GeneratorBasedBuilder):
    """The faces of Kaggle's csv file, in the splits of its column `Usage`."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
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

    def _split_generators(self, dl_manager):
        path = inside(dl_manager.manual_dir, "fer2013.csv")
        return {
            split: self._generate_examples(path, usage)
            for split, usage in USAGES.items()
        }

    def _generate_examples(self, path, usage):
        from PIL import Image

        with path.open(newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != ["emotion", "pixels", "Usage"]:
                raise ValueError(
                    f"{path} has the columns {rows.fieldnames}, wanted emotion, "
                    "pixels and Usage"
                )
            for row in rows:
                image, label = _parsed(row, f"{path}, line {rows.line_num},")
                if row["Usage"] == usage:
                    yield (
                        rows.line_num,
                        {
                            "image": Image.fromarray(image),
                            "label": label,
                        },
                    )


def _parsed(row, origin):
    if row["Usage"] not in USAGES.values():
        raise ValueError(
            f"{origin} has the Usage {row['Usage']!r}, wanted one of "
            f"{', '.join(USAGES.values())}; is the file truncated?"
        )
    try:
        image = np.array(row["pixels"].split(), np.uint8).reshape(48, 48)
        label = int(row["emotion"])
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{origin} is no face of 48 x 48 pixels: {error}") from error
    if not 0 <= label < 7:
        raise ValueError(f"{origin} has the emotion {label}, wanted 0..6")
    return image, label
