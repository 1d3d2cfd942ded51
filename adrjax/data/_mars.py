"""MARS."""

from typing import Literal, NamedTuple

import numpy as np

from adrjax import _checks
from adrjax.data import _imagenet2012, _records
from adrjax.data._dataset import Augment, Dataset
from adrjax.data._decode import Crop
from adrjax.data._prepared import Folder
from adrjax.data._streamed import Streamed, open_images


def mars(
    augment: Augment | None = None, *, people: Literal["train", "test"] = "train"
) -> Dataset:
    """MARS: tracklets of people on a campus, as photos of 256 x 128 pixels.

    The split `train` has 8,298 tracklets of 625 people, in 509,914 photos. The splits
    `query` and `gallery` have 1,980 and 9,330 tracklets of 636 other people and of
    distractors, to search with and to search in; the 870 tracklets that the authors
    call junk are left out. An example is a photo: `image`, `label`, and `person`, which
    is 0 for distractors, `camera` and `tracklet`. Photos of a tracklet are adjacent;
    `mars_tracklets` reads them for retrieval.

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


class TrackletSplit(NamedTuple):
    """The photos of tracklets, and who is on them.

    Compute features of the photos, sum them over each tracklet, and search the gallery
    with the queries:

        sums = jax.ops.segment_sum(features, query.items, len(query.person))
        similarities = margins.cosines(sums, gallery_sums)
        where = metrics.cross_camera(
            query.person, query.camera, gallery.person, gallery.camera
        )
        metrics.mean_average_precision(
            similarities, query.person, gallery.person, where=where, trapezoid=True
        )

    `Split(query.images, query.items)` can be passed to `eval_batches`.

    Attributes:
        images: An object of the shape `[images, height, width, 3]` that decodes uint8
            RGB images when a batch needs them.
        items: The tracklet of each image, int32 `[images]`, from 0 up.
        person: The person of each tracklet, int32 `[tracklets]`; 0 is a distractor.
        camera: The camera of each tracklet, int32 `[tracklets]`, in 1..6.
    """

    images: Streamed
    items: np.ndarray
    person: np.ndarray
    camera: np.ndarray


def mars_tracklets(
    split: str,
    data_dir: Folder = None,
    *,
    crop: Crop | None = None,
    num_workers: int = 0,
) -> TrackletSplit:
    """MARS as tracklets, for the evaluation of person re-identification.

    In the evaluation code of the authors, the gallery holds the queries too: a query
    finds other queries of its person, and `metrics.cross_camera` leaves out the query
    itself. That gallery is `"query+gallery"`, of 11,310 tracklets. The split
    `"gallery"` alone, of 9,330, is the gallery of torchreid.

    The images are decoded batch by batch, as by `Dataset.stream`. The first time, all
    files are read for the tracklets, people and cameras.

    Args:
        split: `"query"`, `"gallery"`, `"query+gallery"` or `"train"`.
        data_dir: The folder of all prepared data sets; None means the folder of tfds,
            `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.
        crop: The crop, such as `Squash(227, of=256)`; None keeps 256 x 128 pixels.
        num_workers: The number of processes that decode; 0 decodes in threads of this
            process.

    Returns:
        The photos of the tracklets one after the other.

    Raises:
        FileNotFoundError: If `mars` is not prepared there.
        ValueError: If there is no such split, or a file is damaged.

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-Scale Person Re-Identification,
        2016; https://github.com/liangzheng06/MARS-evaluation.
    """
    _checks.count("num_workers", num_workers, low=0)
    dataset = mars(people="test")
    examples = dataset.examples(split, data_dir)
    tracklet, person, camera = (
        _records.labels(examples.source, feature)
        for feature in ("tracklet", "person", "camera")
    )
    is_first = np.diff(tracklet, prepend=tracklet[0] - 1) != 0
    return TrackletSplit(
        images=open_images(examples, split, dataset.shape, 3, crop, num_workers),
        items=np.cumsum(is_first, dtype=np.int32) - 1,
        person=person[is_first].astype(np.int32),
        camera=camera[is_first].astype(np.int32),
    )
