"""CASIA-WebFace."""

from adrjax import _checks
from adrjax.data._dataset import Augment, Dataset


def casia_webface(augment: Augment | None = None) -> Dataset:
    """CASIA-WebFace, aligned by insightface: 490,623 faces of 10,572 people.

    Faces of 112 x 112 pixels to train a verification network on; the only split is
    `train`. In memory they take 17 GiB.

    ADR and GSC exclude the people of the test sets, and IE cleans the set to 430,000
    faces. Neither can be done from these files, which number people without naming
    them; `casia_webface_folder` has the names.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data casia_webface --manual-dir
        FOLDER`, with the mean and std of insightface, which map pixels to -1..1. FOLDER
        holds

            train.rec
            train.idx
            property

    Reference:
        Yi et al., Learning Face Representation from Scratch, 2014.
    """
    return Dataset(
        name="casia_webface",
        num_classes=10_572,
        shape=(112, 112, 3),
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        augment=augment,
        builder="adrjax.data.builders._casia_webface:CasiaWebface",
        files="train.rec, train.idx and property of faces_webface_112x112, an archive "
        "of https://github.com/deepinsight/insightface/tree/master/recognition/"
        "_datasets_",
        sizes={"train": 490_623},
    )


def casia_webface_folder(
    augment: Augment | None = None, *, num_classes: int = 10_575
) -> Dataset:
    """CASIA-WebFace in one folder a person: 494,414 photos of 10,575 people.

    The photos as they were collected, or as you aligned them. The only split is
    `train`. The classes are the folders in the order of their names. To exclude the
    people of a test set, remove their folders before preparing.

    Args:
        augment: The augmentation of one image in training.
        num_classes: The number of folders, if some were removed.

    Returns:
        The data set, prepared by `python -m adrjax.data casia_webface_folder
        --manual-dir FOLDER`, with the mean and std of insightface, which map pixels to
        -1..1. FOLDER holds

            CASIA-WebFace/0000045/001.jpg

        and so on.

    Reference:
        Yi et al., Learning Face Representation from Scratch, 2014.
    """
    _checks.count("num_classes", num_classes, low=1)
    return Dataset(
        name="casia_webface_folder",
        num_classes=num_classes,
        shape=None,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        augment=augment,
        builder="adrjax.data.builders._face_folders:CasiaWebfaceFolder",
        files="CASIA-WebFace, a folder of one folder a person, as "
        "http://www.cbsr.ia.ac.cn sent it",
        sizes={"train": 494_414},
    )
