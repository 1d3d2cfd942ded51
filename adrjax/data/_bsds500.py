"""BSDS500 (Berkeley segmentation data set)."""

from adrjax.data import _imagenet2012
from adrjax.data._dataset import Dataset


def bsds500() -> Dataset:
    """BSDS500: 200 training, 100 validation and 200 test photos with segmentations.

    The Berkeley segmentation data set, of 481 x 321 pixels. The splits are `train`,
    `validation` and `test`, if their folders exist. An example has `id`, `image` and
    `segmentations`: for each person a PNG of 16 bits that numbers the segments from 1.

    Returns:
        The data set, prepared by `python -m adrjax.data bsds500 --manual-dir FOLDER`.
        FOLDER is `BSR/BSDS500/data` of the unpacked archive:

            images/val/42012.jpg
            groundTruth/val/42012.mat

        and the same for train and test.

    Reference:
        Arbelaez, Maire, Fowlkes and Malik, Contour Detection and Hierarchical Image
        Segmentation, 2011.
    """
    return Dataset(
        name="bsds500",
        num_classes=0,
        shape=None,
        mean=_imagenet2012.MEAN,
        std=_imagenet2012.STD,
        builder="adrjax.data.builders._bsds500:Bsds500",
        files="images and groundTruth, which are BSR/BSDS500/data in "
        "http://www.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/BSR/"
        "BSR_bsds500.tgz",
        sizes={"train": 200, "validation": 100, "test": 200},
    )
