"""Oxford Flowers 102."""

from adrjax.data import _imagenet2012
from adrjax.data._dataset import Augment, Dataset


def oxford_flowers102(augment: Augment | None = None) -> Dataset:
    """1,020, 1,020 and 6,149 photos of many sizes of flowers in 102 classes.

    The splits are `train`, `validation` and `test`; a protocol that trains on both of
    the former reads `"train+validation"`.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data oxford_flowers102`, with
        the mean and standard deviation of ImageNet.

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
