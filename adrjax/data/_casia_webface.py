"""CASIA-WebFace."""

from collections.abc import Callable
import os

import jax

from adrjax.data._dataset import Dataset

Augment = Callable[[jax.Array, jax.Array], jax.Array]

FILES = (
    "train.rec, train.idx and property of faces_webface_112x112, an archive of "
    "https://github.com/deepinsight/insightface/tree/master/recognition/_datasets_"
)
FOLDER_FILES = (
    "CASIA-WebFace, a folder of a folder a person, as http://www.cbsr.ia.ac.cn sent it"
)


def casia_webface(augment: Augment | None = None) -> Dataset:
    """490,623 faces of 10,572 people, aligned to 112 x 112 pixels by insightface.

    There is no split but `train`: what the faces are for is verification. In memory
    they take 17 GiB.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data casia_webface
        --manual-dir FOLDER`, with the mean and standard deviation of insightface, which
        make pixels -1..1. FOLDER holds

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
        prepare=_prepare,
        files=FILES,
        sizes={"train": 490_623},
    )


def casia_webface_folder(
    augment: Augment | None = None, *, num_classes: int = 10_575
) -> Dataset:
    """494,414 photos of 10,575 people, as they were collected or as you aligned them.

    There is no split but `train`. The classes are the folders in the order of their
    names.

    Args:
        augment: What training does to one image.
        num_classes: The number of folders, where those of other people, such as the
            ones in the test sets, were taken away.

    Returns:
        The data set, to be prepared by `python -m adrjax.data casia_webface_folder
        --manual-dir FOLDER`, with the mean and standard deviation of insightface, which
        make pixels -1..1. FOLDER holds

            CASIA-WebFace/0000045/001.jpg

        and so on.

    Reference:
        Yi et al., Learning Face Representation from Scratch, 2014.
    """
    return Dataset(
        name="casia_webface_folder",
        num_classes=num_classes,
        shape=None,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        augment=augment,
        prepare=_prepare_folder,
        files=FOLDER_FILES,
        sizes={"train": 494_414},
    )


def _prepare(
    data_dir: str | os.PathLike | None, manual_dir: str | os.PathLike | None = None
) -> None:
    from adrjax.data import builders

    builders.prepare(builders.CasiaWebface, data_dir, manual_dir)


def _prepare_folder(
    data_dir: str | os.PathLike | None, manual_dir: str | os.PathLike | None = None
) -> None:
    from adrjax.data import builders

    builders.prepare(builders.CasiaWebfaceFolder, data_dir, manual_dir)
