"""CASIA-WebFace as insightface distributes it."""

import pathlib

import tensorflow_datasets as tfds

from adrjax.data._casia_webface import FILES
from adrjax.data.builders import _files
from adrjax.data.builders._recordio import read_index, read_record
from adrjax.data.builders._shards import shards

NUM_CLASSES = 10572


class CasiaWebface(tfds.core.ShardBasedBuilder):
    """All aligned faces, in the order of the file: one person after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
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

    def _shard_iterators_per_split(self, dl_manager):
        folder = pathlib.Path(dl_manager.manual_dir)
        _check_property(_files.inside(folder, "property"))
        records = _files.inside(folder, "train.rec")
        index = _files.inside(folder, "train.idx")
        places = read_index(index)
        places = _places_of_images(records, index, places)
        return {"train": shards(len(places), lambda i: _example(records, places[i]))}


def _check_property(path):
    text = path.read_text().strip()
    if text.replace(" ", "") != f"{NUM_CLASSES},112,112":
        raise ValueError(
            f"{path} must say {NUM_CLASSES},112,112 as that of CASIA-WebFace does, got "
            f"{text!r}"
        )


def _places_of_images(records, index, places):
    """Returns where the images begin.

    Where record 0 has several labels, the first is the key after that of the last
    image: from there on, a record of each person says which images are theirs.
    """
    if 0 not in places:
        raise ValueError(f"{index} must have the key 0, got {len(places)} others")
    head = read_record(records, places[0])
    keys = range(1, int(head.labels[0])) if head.has_several else sorted(places)
    missing = next((key for key in keys if key not in places), None)
    if missing is not None or not keys:
        raise ValueError(
            f"{index} must have a key for each of {len(keys)} images, has none for "
            f"{missing}"
        )
    return [places[key] for key in keys]


def _example(path, place):
    record = read_record(path, place)
    label = record.labels[0]
    if not (0 <= label < NUM_CLASSES and label == int(label)):
        raise ValueError(
            f"{path}, at byte {place}, has the label {label}, wanted a whole number in "
            f"0..{NUM_CLASSES - 1}"
        )
    image = _files.decodable(record.data, f"{path}, at byte {place},")
    return {"image": image, "label": int(label)}
