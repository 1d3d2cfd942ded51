"""MARS."""

from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data._mars import FILES
from adrjax.data.builders._files import image, inside

JUNK = -1


class Mars(tfds.core.GeneratorBasedBuilder):
    """Photos of tracked people, the photos of a tracklet one after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
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

    def _split_generators(self, dl_manager):
        folder, info = dl_manager.manual_dir, inside(dl_manager.manual_dir, "info")
        train = _matrix(inside(info, "tracks_train_info.mat"), "track_train_info", 4)
        test = _matrix(inside(info, "tracks_test_info.mat"), "track_test_info", 4)
        query_file = inside(info, "query_IDX.mat")
        queries = _matrix(query_file, "query_IDX", 1)[:, 0] - 1
        wrong = np.setdiff1d(queries, np.arange(len(test)))
        if wrong.size:
            raise ValueError(
                f"{query_file} has the tracklet {wrong[0] + 1}, wanted 1..{len(test)}"
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
            "train": self._generate_examples(photos, names, train, every, people),
            "query": self._generate_examples(test_photos, test_names, test, queries),
            "gallery": self._generate_examples(test_photos, test_names, test, gallery),
        }

    def _generate_examples(self, photos, names, tracks, tracklets, people=()):
        label_of = {person: label for label, person in enumerate(people)}
        lines = names.read_text().split()
        for tracklet in tracklets.tolist():
            first, last, person, camera = tracks[tracklet].tolist()
            if not 1 <= first <= last <= len(lines):
                raise ValueError(
                    f"{names} has {len(lines)} names, but tracklet {tracklet + 1} is "
                    f"of {first}..{last}; is the file truncated?"
                )
            for line in range(first, last + 1):
                name = lines[line - 1]
                folder = f"{person:04}"
                if not name.startswith(f"{folder}C{camera}"):
                    raise ValueError(
                        f"{names}, line {line}, is {name}, but tracklet {tracklet + 1} "
                        f"is of person {folder} and camera {camera}"
                    )
                yield (
                    line,
                    {
                        "image": image(inside(photos, folder, name)),
                        "label": label_of.get(person, -1),
                        "person": person,
                        "camera": camera,
                        "tracklet": tracklet,
                    },
                )


def _matrix(path, name, columns):
    from scipy.io import loadmat

    try:
        matrix = loadmat(path)[name].astype(np.int64)
        return matrix.reshape(-1, columns)
    except Exception as error:  # scipy raises many kinds for a file that is cut off
        raise ValueError(f"{path} has no matrix {name} of MARS: {error}") from error
