"""BSDS500 (Berkeley segmentation data set)."""

from collections.abc import Iterator
import pathlib
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data.builders._files import INSTRUCTIONS, image, inside

FOLDERS = {"train": "train", "validation": "val", "test": "test"}


class Bsds500(tfds.core.GeneratorBasedBuilder):
    """Photos and the segmentations of several people, for the splits that exist."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        segmentation = tfds.features.Image(
            shape=(None, None, 1), dtype=np.uint16, encoding_format="png"
        )
        return tfds.core.DatasetInfo(
            builder=self,
            description="Photos that several people segmented.",
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(),
                    "image": tfds.features.Image(
                        shape=(None, None, 3), encoding_format="jpeg"
                    ),
                    "segmentations": tfds.features.Sequence(segmentation),
                }
            ),
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        images = inside(dl_manager.manual_dir, "images")
        truth = inside(dl_manager.manual_dir, "groundTruth")
        present = {
            split: name for split, name in FOLDERS.items() if (images / name).exists()
        }
        if not present:
            raise FileNotFoundError(f"{images} must hold train, val or test")
        return {
            split: self._generate_examples(images / name, inside(truth, name))
            for split, name in present.items()
        }

    def _generate_examples(
        self, images: pathlib.Path, truth: pathlib.Path
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        from PIL import Image

        found = sorted(images.glob("*.jpg"))
        if not found:
            raise ValueError(f"{images} must hold images NAME.jpg")
        for path in found:
            segmentations = _segmentations(inside(truth, f"{path.stem}.mat"))
            example = {
                "id": path.stem,
                "image": image(path),
                "segmentations": [Image.fromarray(s) for s in segmentations],
            }
            yield path.stem, example


def _segmentations(path: pathlib.Path) -> list[np.ndarray]:
    from scipy.io import loadmat

    try:
        people = loadmat(path)["groundTruth"].ravel()
        return [person["Segmentation"][0, 0].astype(np.uint16) for person in people]
    except Exception as error:  # scipy raises many kinds for a truncated file
        raise ValueError(f"{path} is not a ground truth of BSDS500: {error}") from error
