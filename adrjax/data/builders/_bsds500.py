"""The Berkeley segmentation data set."""

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data._bsds500 import FILES
from adrjax.data.builders._files import image, inside

FOLDERS = {"train": "train", "validation": "val", "test": "test"}


class Bsds500(tfds.core.GeneratorBasedBuilder):
    """Photos and the segmentations of several people, of the splits that are there."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
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

    def _split_generators(self, dl_manager):
        images = inside(dl_manager.manual_dir, "images")
        truth = inside(dl_manager.manual_dir, "groundTruth")
        present = {
            split: name for split, name in FOLDERS.items() if (images / name).exists()
        }
        if not present:
            raise FileNotFoundError(f"{images} has none of train, val and test")
        return {
            split: self._generate_examples(images / name, inside(truth, name))
            for split, name in present.items()
        }

    def _generate_examples(self, images, truth):
        from PIL import Image

        found = sorted(images.glob("*.jpg"))
        if not found:
            raise ValueError(f"{images} has no image NAME.jpg")
        for path in found:
            segmentations = _segmentations(inside(truth, f"{path.stem}.mat"))
            yield (
                path.stem,
                {
                    "id": path.stem,
                    "image": image(path),
                    "segmentations": [Image.fromarray(s) for s in segmentations],
                },
            )


def _segmentations(path):
    from scipy.io import loadmat

    try:
        people = loadmat(path)["groundTruth"].ravel()
        return [person["Segmentation"][0, 0].astype(np.uint16) for person in people]
    except Exception as error:  # scipy raises many kinds for a file that is cut off
        raise ValueError(f"{path} is no ground truth of BSDS500: {error}") from error
