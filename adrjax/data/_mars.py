"""MARS."""

from typing import Literal

from adrjax import _checks
from adrjax.data import _imagenet2012
from adrjax.data._dataset import Augment, Dataset, Folder

FILES = (
    "bbox_train and bbox_test of "
    "http://zheng-lab.cecs.anu.edu.au/Project/project_mars.html and the folder info of https://github.com/liangzheng06/MARS-evaluation"
)


def mars(
    augment: Augment | None = None, *, people: Literal["train", "test"] = "train"
) -> Dataset:
    """Tracklets of people on a campus, as photos of 256 x 128 pixels.

    Of 625 people there are 8,298 tracklets of 509,914 photos, the split `train`. Of 636
    others and of distractors there are 1,980 tracklets to search with and 9,330 to
    search in, the splits `query` and `gallery`; the 870 that the authors call junk are
    left out. An example is a photo: `image`, `label`, and `person`, which is 0 for
    distractors, `camera` and `tracklet`, which its neighbours share.

    Args:
        augment: What training does to one image.
        people: Those of training, who are classes, or the others, who are none.

    Returns:
        The data set, to be prepared by `python -m adrjax.data mars --manual-dir
        FOLDER`, with the mean and standard deviation of ImageNet. FOLDER holds

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
        prepare=_prepare,
        files=FILES,
        sizes={"train": 509_914} if people == "train" else {},
    )


def _prepare(data_dir: Folder, manual_dir: Folder) -> None:
    from adrjax.data import builders

    builders.prepare(builders.Mars, data_dir, manual_dir)
