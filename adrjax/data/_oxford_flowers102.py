"""Oxford Flowers-102."""

from adrjax.data import _imagenet2012
from adrjax.data._dataset import Augment, Dataset


def oxford_flowers102(augment: Augment | None = None) -> Dataset:
    """Oxford Flowers-102: 1,020 training, 1,020 validation and 6,149 test photos.

    Flowers in 102 classes; the photos have many sizes. The splits are `train`,
    `validation` and `test`; a protocol that trains on the first two reads
    `"train+validation"`.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data oxford_flowers102`, with the
        mean and std of ImageNet.

    Reference:
        Nilsback and Zisserman, Automated Flower Classification over a Large Number of
        Classes, 2008.
    """
    return Dataset(
        name="oxford_flowers102",
        num_classes=102,
        shape=None,
        mean=_imagenet2012.MEAN,
        std=_imagenet2012.STD,
        augment=augment,
        sizes={"train": 1020, "validation": 1020, "test": 6149},
    )
