"""FaceScrub."""

from adrjax import _checks
from adrjax.data._dataset import Augment, Dataset


def facescrub(augment: Augment | None = None, *, num_classes: int = 530) -> Dataset:
    """FaceScrub: 106,863 photos of the faces of 530 actors and actresses.

    The photos have many sizes. The first of every five images of a person, in the order
    of their names, is a test image. The paper of POD has 15,896 training and 3,896 test
    images of 64 x 64 pixels in 100 classes, the same proportion, but does not say which
    images or classes. The first 100 classes here are
    `first_classes(facescrub(), 100)`.

    Args:
        augment: The augmentation of one image in training.
        num_classes: The number of folders, if some are missing.

    Returns:
        The data set, prepared by `python -m adrjax.data facescrub --manual-dir FOLDER`,
        with a mean and std that map pixels to -1..1. FOLDER holds

            facescrub/Aaron_Eckhart/Aaron_Eckhart_1_1.jpeg

        and so on.

    Reference:
        Ng and Winkler, A Data-Driven Approach to Cleaning Large Face Datasets, 2014.
    """
    _checks.count("num_classes", num_classes, low=1)
    return Dataset(
        name="facescrub",
        num_classes=num_classes,
        shape=None,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        augment=augment,
        builder="adrjax.data.builders._face_folders:Facescrub",
        files="facescrub, a folder of one folder a person, downloaded and cropped by "
        "the lists of http://vintage.winklerbros.net/facescrub.html",
    )
