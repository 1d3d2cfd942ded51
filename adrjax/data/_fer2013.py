"""FER2013."""

from adrjax.data._dataset import Augment, Dataset, Folder

FILES = (
    "fer2013.csv, from https://www.kaggle.com/c/challenges-in-representation-learning-"
    "facial-expression-recognition-challenge"
)


def fer2013(augment: Augment | None = None) -> Dataset:
    """28,709, 3,589 and 3,589 faces of 48 x 48 grey pixels in 7 expressions.

    The splits `train`, `validation` and `test` are what the file calls Training,
    PublicTest and PrivateTest.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data fer2013 --manual-dir
        FOLDER` from the one file `FOLDER/fer2013.csv`, with the columns `emotion`,
        `pixels` and `Usage`.

    Reference:
        Goodfellow et al., Challenges in Representation Learning, 2013.
    """
    return Dataset(
        name="fer2013",
        num_classes=7,
        shape=(48, 48, 1),
        mean=(0.5077,),
        std=(0.2550,),
        augment=augment,
        prepare=_prepare,
        files=FILES,
        sizes={"train": 28_709, "validation": 3589, "test": 3589},
    )


def _prepare(data_dir: Folder, manual_dir: Folder) -> None:
    from adrjax.data import builders

    builders.prepare(builders.Fer2013, data_dir, manual_dir)
