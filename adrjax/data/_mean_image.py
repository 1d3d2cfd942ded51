"""The mean image of a split."""

import numpy as np

from adrjax.data._dataset import Split
from adrjax.data._decoded import CHUNK
from adrjax.data._streamed import Streamed


def mean_image(split: Split) -> np.ndarray:
    """Mean image: the mean of each pixel over the images of a split.

    Caffe subtracts it (`mean_file`) in place of the mean of each channel. It is a mean
    for `augment.normalize`, here of a `Dataset` whose pixels keep Caffe's range of 255:

        mean = data.mean_image(dataset.read("train"))
        standardize = functools.partial(data.augment.normalize, mean=mean, std=1 / 255)
        dataset = dataclasses.replace(dataset, standardize=standardize)

    Args:
        split: The images, uint8 of one size, in memory. Take the training split.

    Returns:
        float32 `[height, width, channels]`, with white as 1.

    Raises:
        ValueError: If there are no images, or they are streamed.
        TypeError: If the images are not uint8.

    Example:
        >>> import numpy as np
        >>> from adrjax import data
        >>> images = np.array([[[[0]]], [[[255]]]], np.uint8)
        >>> data.mean_image(data.Split(images, np.zeros(2, np.int32))).tolist()
        [[[0.5]]]

    Reference:
        tools/compute_image_mean.cpp of github.com/BVLC/caffe.
    """
    images = split.images
    if isinstance(images, Streamed):
        raise ValueError(
            "the images of split must be in memory, got streamed ones; use Dataset.read"
        )
    if images.dtype != np.uint8:
        raise TypeError(f"the images of split must be uint8, got {images.dtype}")
    if images.ndim != 4 or not len(images):
        raise ValueError(
            "the images of split must be [n, height, width, channels] with n at least "
            f"1, got shape {images.shape}"
        )
    total = np.zeros(images.shape[1:], np.int64)
    for start in range(0, len(images), CHUNK):
        total += np.asarray(images[start : start + CHUNK]).sum(0, dtype=np.int64)
    return (total / len(images) / 255).astype(np.float32)
