"""Tiny ImageNet."""

from collections.abc import Iterable, Iterator
import pathlib
from typing import Any

import tensorflow_datasets as tfds

from adrjax.data.builders._files import INSTRUCTIONS, image, inside, key_values


class TinyImagenet(tfds.core.GeneratorBasedBuilder):
    """The folders of tiny-imagenet-200.zip, without its test images."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="Photos of 64 x 64 pixels in 200 classes of ImageNet.",
            homepage="http://cs231n.stanford.edu/tiny-imagenet-200.zip",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=(64, 64, 3), encoding_format="jpeg"
                    ),
                    "label": tfds.features.ClassLabel(),
                    "file_name": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = dl_manager.manual_dir
        wnids = sorted(inside(folder, "wnids.txt").read_text().split())
        words = key_values(inside(folder, "words.txt"), "\t")
        features: Any = self.info.features
        features["label"].names = [
            f"{wnid} {words.get(wnid, '').split(',')[0]}".strip() for wnid in wnids
        ]
        train = _train(inside(folder, "train"), wnids)
        validation = _validation(inside(folder, "val"), wnids)
        return {
            "train": self._generate_examples(train),
            "validation": self._generate_examples(validation),
        }

    def _generate_examples(
        self, labelled: Iterable[tuple[pathlib.Path, int]]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for path, label in labelled:
            name = path.name
            yield name, {"image": image(path), "label": label, "file_name": name}


def _train(
    folder: pathlib.Path, wnids: list[str]
) -> Iterator[tuple[pathlib.Path, int]]:
    for label, wnid in enumerate(wnids):
        images = inside(folder, wnid, "images")
        found = sorted(images.glob("*.JPEG"))
        if not found:
            raise ValueError(f"{images} must hold images NAME.JPEG")
        for path in found:
            yield path, label


def _validation(
    folder: pathlib.Path, wnids: list[str]
) -> Iterator[tuple[pathlib.Path, int]]:
    images = inside(folder, "images")
    annotations = inside(folder, "val_annotations.txt")
    for name, annotation in key_values(annotations, "\t").items():
        wnid = annotation.split("\t")[0]
        if wnid not in wnids:
            raise ValueError(
                f"{annotations} gives {name} the class {wnid!r}, which is not in "
                "wnids.txt"
            )
        yield inside(images, name), wnids.index(wnid)
