"""The Berkeley segmentation data set."""

from adrjax.data import _imagenet2012
from adrjax.data._dataset import Dataset, Folder

FILES = (
    "images and groundTruth, which are BSR/BSDS500/data in "
    "http://www.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/BSR/BSR_bsds500.tgz"
)


def bsds500() -> Dataset:
    """200, 100 and 200 photos of 481 x 321 pixels that several people segmented.

    The splits are `train`, `validation` and `test`, as far as their folders are there.
    An example has `id`, `image` and `segmentations`: for each person a PNG of 16 bits
    that numbers the segments from 1.

    Returns:
        The data set, to be prepared by `python -m adrjax.data bsds500 --manual-dir
        FOLDER`, where FOLDER is `BSR/BSDS500/data` of the unpacked archive:

            images/val/42012.jpg
            groundTruth/val/42012.mat

        and likewise train and test.

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
        prepare=_prepare,
        files=FILES,
        sizes={"train": 200, "validation": 100, "test": 200},
    )


def _prepare(data_dir: Folder, manual_dir: Folder) -> None:
    from adrjax.data import builders

    builders.prepare(builders.Bsds500, data_dir, manual_dir)
