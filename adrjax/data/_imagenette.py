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
    """9,469 and 3,925 photos of ten classes of ImageNet that are easy to tell apart.

    It is the second version, which is split 70 to 30. The split `test` is what tfds
    calls validation.

    Args:
        augment: What training does to one image.
        size: The length of the shorter side of every image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data imagenette`, with the
        mean and standard deviation of ImageNet.

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
