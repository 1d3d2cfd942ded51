"""Digits of scikit-learn."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds


class Digits(tfds.core.GeneratorBasedBuilder):
    """The 1797 images of `sklearn.datasets.load_digits`, every sixth one for test."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="Handwritten digits of 13 people, 8 x 8 grey pixels.",
            homepage="https://archive.ics.uci.edu/dataset/80",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(8, 8, 1)),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        places = np.arange(1797)
        return {
            "train": self._generate_examples(places[places % 6 != 0]),
            "test": self._generate_examples(places[places % 6 == 0]),
        }

    def _generate_examples(
        self, places: np.ndarray
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        from PIL import Image
        from sklearn.datasets import load_digits

        rows, labels = load_digits(return_X_y=True)
        images = np.rint(rows * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8)
        for i in places.tolist():
            yield i, {"image": Image.fromarray(images[i]), "label": int(labels[i])}
