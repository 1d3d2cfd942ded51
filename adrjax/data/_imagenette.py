"""Imagenette."""

from typing import Literal

from adrjax import _checks
from adrjax.data import _imagenet2012
from adrjax.data._dataset import Augment, Dataset


def imagenette(
    augment: Augment | None = None,
    *,
    size: Literal["full-size", "320px", "160px"] = "320px",
) -> Dataset:
    """Imagenette: 9,469 training and 3,925 test photos of 10 easy ImageNet classes.

    The second version, with a split of 70 to 30. The split `test` is called validation
    in tfds.

    Args:
        augment: The augmentation of one image in training.
        size: The length of the shorter side of every image.

    Returns:
        The data set, prepared by `python -m adrjax.data imagenette`, with the mean and
        std of ImageNet.

    Reference:
        Howard, Imagenette, https://github.com/fastai/imagenette, 2019.
    """
    _checks.one_of("size", size, ("full-size", "320px", "160px"))
    return Dataset(
        name=f"imagenette/{size}-v2",
        num_classes=10,
        shape=None,
        mean=_imagenet2012.MEAN,
        std=_imagenet2012.STD,
        augment=augment,
        sizes={"train": 9469, "test": 3925},
        splits={"test": "validation"},
    )
