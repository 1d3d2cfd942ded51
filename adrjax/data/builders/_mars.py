"""MARS."""

from collections.abc import Sequence
import pathlib
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data.builders._files import INSTRUCTIONS, image, inside
from adrjax.data.builders._shards import Example, Shard, shards

JUNK = -1


class Mars(tfds.core.ShardBasedBuilder):
    """Photos of tracked people, the photos of a tracklet one after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="Tracklets of people seen by six cameras.",
            homepage="http://zheng-lab.cecs.anu.edu.au/Project/project_mars.html",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=(256, 128, 3), encoding_format="jpeg"
                    ),
                    "label": tfds.features.ClassLabel(),
                    "person": np.int64,
                    "camera": np.int64,
                    "tracklet": np.int64,
                }
            ),
            disable_shuffling=True,
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder, info = dl_manager.manual_dir, inside(dl_manager.manual_dir, "info")
        train = _matrix(inside(info, "tracks_train_info.mat"), "track_train_info", 4)
        test = _matrix(inside(info, "tracks_test_info.mat"), "track_test_info", 4)
        query_file = inside(info, "query_IDX.mat")
        queries = _matrix(query_file, "query_IDX", 1)[:, 0] - 1
        wrong = np.setdiff1d(queries, np.arange(len(test)))
        if wrong.size:
            raise ValueError(
                f"{query_file} must hold tracklets in 1..{len(test)}, got "
                f"{wrong[0] + 1}"
            )
        gallery = np.setdiff1d(np.flatnonzero(test[:, 2] != JUNK), queries)
        people = np.unique(train[:, 2])
        features: Any = self.info.features
        features["label"].names = [f"{person:04}" for person in people]
        names = inside(info, "train_name.txt")
        test_names = inside(info, "test_name.txt")
        photos, test_photos = inside(folder, "bbox_train"), inside(folder, "bbox_test")
        every = np.arange(len(train))
        return {
            "train": _shards(photos, names, train, every, people.tolist()),
            "query": _shards(test_photos, test_names, test, queries),
            "gallery": _shards(test_photos, test_names, test, gallery),
        }


def _shards(
    photos: pathlib.Path,
    names: pathlib.Path,
    tracks: np.ndarray,
    tracklets: np.ndarray,
    people: Sequence[int] = (),
) -> list[Shard]:
    label_of = {person: label for label, person in enumerate(people)}
    lines = names.read_text().split()
    places = [
        (tracklet, line)
        for tracklet in tracklets.tolist()
        for line in _lines(names, lines, tracklet, tracks[tracklet])
    ]
    if not places:
        raise ValueError(f"{names} must list a photo of the tracklets of each split")

    def example(i: int) -> Example:
        tracklet, line = places[i]
        _, _, person, camera = tracks[tracklet].tolist()
        return {
            "image": image(inside(photos, f"{person:04}", lines[line - 1])),
            "label": label_of.get(person, -1),
            "person": person,
            "camera": camera,
            "tracklet": tracklet,
        }

    return shards(len(places), example)


def _lines(
    names: pathlib.Path, lines: list[str], tracklet: int, track: np.ndarray
) -> range:
    """Returns the lines of a tracklet's photos, whose names must agree with it."""
    first, last, person, camera = track.tolist()
    if not 1 <= first <= last <= len(lines):
        raise ValueError(
            f"{names} must have the lines {first}..{last} of tracklet {tracklet + 1}, "
            f"got {len(lines)} lines; the file may be truncated"
        )
    for line in range(first, last + 1):
        name = lines[line - 1]
        if not name.startswith(f"{person:04}C{camera}"):
            raise ValueError(
                f"{names}, line {line}, must be of person {person:04} and camera "
                f"{camera} as tracklet {tracklet + 1} is, got {name}"
            )
    return range(first, last + 1)


def _matrix(path: pathlib.Path, name: str, columns: int) -> np.ndarray:
    from scipy.io import loadmat

    try:
        matrix = loadmat(path)[name].astype(np.int64)
        return matrix.reshape(-1, columns)
    except Exception as error:  # scipy raises many kinds for a truncated file
        raise ValueError(
            f"{path} does not hold the matrix {name} of MARS: {error}"
        ) from error
