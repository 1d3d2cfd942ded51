"""Tiny ImageNet."""

from typing import Any

import tensorflow_datasets as tfds

from adrjax.data._tiny_imagenet import FILES
from adrjax.data.builders._files import image, inside, pairs


class TinyImagenet(tfds.core.GeneratorBasedBuilder):
    """The tree of tiny-imagenet-200.zip, without its test images."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
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

    def _split_generators(self, dl_manager):
        folder = dl_manager.manual_dir
        wnids = sorted(inside(folder, "wnids.txt").read_text().split())
        words = pairs(inside(folder, "words.txt"), "\t")
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

    def _generate_examples(self, labelled):
        for path, label in labelled:
            yield (
                path.name,
                {
                    "image": image(path),
                    "label": label,
                    "file_name": path.name,
                },
            )


def _train(folder, wnids):
    for label, wnid in enumerate(wnids):
        images = inside(folder, wnid, "images")
        found = sorted(images.glob("*.JPEG"))
        if not found:
            raise ValueError(f"{images} has no image NAME.JPEG")
        for path in found:
            yield path, label


def _validation(folder, wnids):
    images = inside(folder, "images")
    annotations = inside(folder, "val_annotations.txt")
    for name, annotation in pairs(annotations, "\t").items():
        wnid = annotation.split("\t")[0]
        if wnid not in wnids:
            raise ValueError(
                f"{annotations} puts {name} into the class {wnid!r}, which wnids.txt "
                "does not name"
            )
        yield inside(images, name), wnids.index(wnid)
