"""FaceScrub."""

from collections.abc import Callable
import os

import jax

from adrjax.data._dataset import Dataset

Augment = Callable[[jax.Array, jax.Array], jax.Array]

FILES = (
    "facescrub, a folder of a folder a person, downloaded and cropped by the lists of "
    "http://vintage.winklerbros.net/facescrub.html"
)


def facescrub(augment: Augment | None = None, *, num_classes: int = 530) -> Dataset:
    """106,863 photos of the faces of 530 actors and actresses, of many sizes.

    Of each person every fifth image, from the first on in the order of their names, is
    a test image. The paper of POD has 15,896 and 3,896 images of 64 x 64 pixels in 100
    classes: as many shares, but it does not say which images or classes. Its first 100
    are `first_classes(facescrub(), 100)`.

    Args:
        augment: What training does to one image.
        num_classes: The number of folders, where not all are there.

    Returns:
        The data set, to be prepared by `python -m adrjax.data facescrub --manual-dir
        FOLDER`, with a mean and standard deviation that make pixels -1..1. FOLDER holds

            facescrub/Aaron_Eckhart/Aaron_Eckhart_1_1.jpeg

        and so on.

    Reference:
        Ng and Winkler, A Data-Driven Approach to Cleaning Large Face Datasets, 2014.
    """
    return Dataset(
        name="facescrub",
        num_classes=num_classes,
        shape=None,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        augment=augment,
        prepare=_prepare,
        files=FILES,
    )


def _prepare(
    data_dir: str | os.PathLike | None, manual_dir: str | os.PathLike | None = None
) -> None:
    from adrjax.data import builders

    builders.prepare(builders.Facescrub, data_dir, manual_dir)
