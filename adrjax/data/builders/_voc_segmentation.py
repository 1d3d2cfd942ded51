"""Pascal VOC 2012 segmentation."""

from collections.abc import Iterator
import os
import pathlib
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data.builders._files import INSTRUCTIONS, image, inside


class VocSegmentation(tfds.core.GeneratorBasedBuilder):
    """Photos with the class and the object of each pixel."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        mask = tfds.features.Image(shape=(None, None, 1), encoding_format="png")
        return tfds.core.DatasetInfo(
            builder=self,
            description="Photos segmented into 20 classes and into objects.",
            homepage="http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(),
                    "image": tfds.features.Image(
                        shape=(None, None, 3), encoding_format="jpeg"
                    ),
                    "classes": mask,
                    "objects": mask,
                }
            ),
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = dl_manager.manual_dir
        lists = inside(folder, "ImageSets", "Segmentation")
        return {
            split: self._generate_examples(folder, inside(lists, name))
            for split, name in (("train", "train.txt"), ("validation", "val.txt"))
        }

    def _generate_examples(
        self, folder: str | os.PathLike, names: pathlib.Path
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for name in names.read_text().split():
            example = {
                "id": name,
                "image": image(inside(folder, "JPEGImages", f"{name}.jpg")),
                "classes": _mask(inside(folder, "SegmentationClass", f"{name}.png")),
                "objects": _mask(inside(folder, "SegmentationObject", f"{name}.png")),
            }
            yield name, example


def _mask(path: pathlib.Path) -> Any:
    """Returns an image of the indices into the palette of a PNG."""
    from PIL import Image

    image(path)
    return Image.fromarray(np.asarray(Image.open(path)))
