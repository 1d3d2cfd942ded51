"""FER2013."""

from adrjax.data._dataset import Augment, Dataset


def fer2013(augment: Augment | None = None) -> Dataset:
    """FER2013: 28,709 training, 3,589 validation and 3,589 test faces of 48 x 48.

    Grey faces in 7 expressions. The splits `train`, `validation` and `test` are
    Training, PublicTest and PrivateTest in the file. The mean and std are those of the
    training images; usef-kh/fer, the public code of ADR's network, leaves pixels in
    [0, 1] with mean 0, which is `dataclasses.replace(fer2013(), mean=(0.0,),
    std=(1.0,))`.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data fer2013 --manual-dir FOLDER`
        from the one file `FOLDER/fer2013.csv`, with the columns `emotion`, `pixels` and
        `Usage`.

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
        builder="adrjax.data.builders._fer2013:Fer2013",
        files="fer2013.csv, from https://www.kaggle.com/c/challenges-in-"
        "representation-learning-facial-expression-recognition-challenge",
        sizes={"train": 28_709, "validation": 3589, "test": 3589},
    )
