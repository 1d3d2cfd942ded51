"""Data sets of faces with one folder a person."""

import pathlib
from typing import Any

import tensorflow_datasets as tfds

from adrjax.data.builders import _files
from adrjax.data.builders._shards import Example, Shard, shards


class CasiaWebfaceFolder(tfds.core.ShardBasedBuilder):
    """CASIA-WebFace as it was collected, one person after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = _files.INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return _info(
            self,
            "Faces of 10,575 people from the web.",
            "https://arxiv.org/abs/1411.7923",
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        people = _people(self, _files.inside(dl_manager.manual_dir, "CASIA-WebFace"))
        return {"train": _shards([*people.values()])}


class Facescrub(tfds.core.ShardBasedBuilder):
    """FaceScrub; the first of every five images of a person is for test."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = _files.INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return _info(
            self,
            "Faces of 530 actors and actresses.",
            "http://vintage.winklerbros.net/facescrub.html",
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        people = _people(self, _files.inside(dl_manager.manual_dir, "facescrub"))
        fifths = [[f for i, f in enumerate(fs) if i % 5 == 0] for fs in people.values()]
        others = [[f for i, f in enumerate(fs) if i % 5 != 0] for fs in people.values()]
        return {"train": _shards(others), "test": _shards(fifths)}


def _info(
    builder: tfds.core.ShardBasedBuilder, description: str, homepage: str
) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
        builder=builder,
        description=description,
        homepage=homepage,
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(None, None, 3)),
                "label": tfds.features.ClassLabel(),
            }
        ),
        supervised_keys=("image", "label"),
        disable_shuffling=True,
    )


def _people(
    builder: tfds.core.ShardBasedBuilder, folder: pathlib.Path
) -> dict[str, list[pathlib.Path]]:
    """Sets the names of the classes and returns the sorted images of each person."""
    people = {}
    for person in sorted(folder.iterdir()):
        if not person.is_dir():
            raise ValueError(f"{person} must be the folder of a person")
        people[person.name] = sorted(person.iterdir())
        if len(people[person.name]) < 2:
            raise ValueError(f"{person} must hold at least two images")
    if not people:
        raise ValueError(f"{folder} must hold the folder of at least one person")
    features: Any = builder.info.features
    features["label"].names = [*people]
    return people


def _shards(files_of_classes: list[list[pathlib.Path]]) -> list[Shard]:
    labelled = [
        (file, label) for label, files in enumerate(files_of_classes) for file in files
    ]

    def example(i: int) -> Example:
        file, label = labelled[i]
        return {"image": _files.image(file), "label": label}

    return shards(len(labelled), example)
