"""CASIA-WebFace as insightface distributes it."""

import pathlib
from typing import Any

import tensorflow_datasets as tfds

from adrjax.data.builders import _files
from adrjax.data.builders._recordio import read_index, read_record
from adrjax.data.builders._shards import Example, shards

NUM_CLASSES = 10572


class CasiaWebface(tfds.core.ShardBasedBuilder):
    """All aligned faces, in the order of the file: one person after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = _files.INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="Faces of 10,572 people, aligned to 112 x 112 pixels.",
            homepage="https://github.com/deepinsight/insightface",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(112, 112, 3)),
                    "label": tfds.features.ClassLabel(num_classes=NUM_CLASSES),
                }
            ),
            supervised_keys=("image", "label"),
            disable_shuffling=True,
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = dl_manager.manual_dir
        _check_property(_files.inside(folder, "property"))
        records = _files.inside(folder, "train.rec")
        index = _files.inside(folder, "train.idx")
        offsets = _offsets_of_images(records, index)
        return {"train": shards(len(offsets), lambda i: _example(records, offsets[i]))}


def _check_property(path: pathlib.Path) -> None:
    text = path.read_text().strip()
    if text.replace(" ", "") != f"{NUM_CLASSES},112,112":
        raise ValueError(
            f"{path} must be {NUM_CLASSES},112,112 as for CASIA-WebFace, got {text!r}"
        )


def _offsets_of_images(records: pathlib.Path, index: pathlib.Path) -> list[int]:
    """Returns the offsets of the images.

    If record 0 has several labels, the first is the key after the key of the last
    image. From there on, a record of each person states which images show that person.
    """
    offsets = read_index(index)
    if 0 not in offsets:
        raise ValueError(f"{index} must have the key 0, got {len(offsets)} others")
    head = read_record(records, offsets[0])
    keys = range(1, int(head.labels[0])) if head.has_several else sorted(offsets)
    missing = next((key for key in keys if key not in offsets), None)
    if missing is not None or not keys:
        raise ValueError(
            f"{index} must have a key for each of {len(keys)} images, has none for "
            f"{missing}"
        )
    return [offsets[key] for key in keys]


def _example(path: pathlib.Path, offset: int) -> Example:
    record = read_record(path, offset)
    label = record.labels[0]
    if not (0 <= label < NUM_CLASSES and label == int(label)):
        raise ValueError(
            f"{path}, at byte {offset}, must have an integer label in "
            f"0..{NUM_CLASSES - 1}, got {label}"
        )
    image = _files.decodable(record.data, f"{path}, at byte {offset},")
    return {"image": image, "label": int(label)}
