"""MARS."""

from typing import Literal

from adrjax import _checks
from adrjax.data import _imagenet2012
from adrjax.data._dataset import Augment, Dataset


def mars(
    augment: Augment | None = None, *, people: Literal["train", "test"] = "train"
) -> Dataset:
    """MARS: tracklets of people on a campus, as photos of 256 x 128 pixels.

    The split `train` has 8,298 tracklets of 625 people, in 509,914 photos. The splits
    `query` and `gallery` have 1,980 and 9,330 tracklets of 636 other people and of
    distractors, to search with and to search in; the 870 tracklets that the authors
    call junk are left out. An example is a photo: `image`, `label`, and `person`, which
    is 0 for distractors, `camera` and `tracklet`. Photos of a tracklet are adjacent.

    Args:
        augment: The augmentation of one image in training.
        people: `"train"`: the training people, who are the classes. `"test"`: the other
            people, without classes.

    Returns:
        The data set, prepared by `python -m adrjax.data mars --manual-dir FOLDER`, with
        the mean and std of ImageNet. FOLDER holds

            bbox_train/0001/0001C1T0001F001.jpg
            bbox_test/0002/0002C1T0001F001.jpg
            info/train_name.txt
            info/test_name.txt
            info/tracks_train_info.mat
            info/tracks_test_info.mat
            info/query_IDX.mat

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-Scale Person Re-Identification,
        2016.
    """
    _checks.one_of("people", people, ("train", "test"))
    return Dataset(
        name="mars",
        num_classes=625 if people == "train" else 0,
        shape=(256, 128, 3),
        mean=_imagenet2012.MEAN,
        std=_imagenet2012.STD,
        augment=augment,
        builder="adrjax.data.builders._mars:Mars",
        files="bbox_train and bbox_test of "
        "http://zheng-lab.cecs.anu.edu.au/Project/project_mars.html and the folder "
        "info of https://github.com/liangzheng06/MARS-evaluation",
        sizes={"train": 509_914} if people == "train" else {},
    )
