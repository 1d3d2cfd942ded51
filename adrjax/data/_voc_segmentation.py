"""Pascal VOC 2012, segmented."""

from adrjax.data import _imagenet2012
from adrjax.data._dataset import Dataset, Folder

FILES = (
    "ImageSets, JPEGImages, SegmentationClass and SegmentationObject, which are "
    "VOCdevkit/VOC2012 in "
    "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar"
)


def voc_segmentation() -> Dataset:
    """1,464 and 1,449 photos of many sizes, segmented into classes and objects.

    The splits are `train` and `validation`. An example has `id`, `image` and two PNGs
    of 8 bits: `classes` has 0 for the background, 1 to 20 for the classes and 255 for
    what nobody decided, `objects` numbers the objects likewise. The `voc` of tfds has
    the boxes of the same photos, but no segments.

    Returns:
        The data set, to be prepared by `python -m adrjax.data voc_segmentation
        --manual-dir FOLDER`, where FOLDER is `VOCdevkit/VOC2012` of the unpacked
        archive:

            ImageSets/Segmentation/val.txt
            JPEGImages/2007_000033.jpg
            SegmentationClass/2007_000033.png
            SegmentationObject/2007_000033.png

    Reference:
        Everingham et al., The Pascal Visual Object Classes Challenge: A Retrospective,
        2015.
    """
    return Dataset(
        name="voc_segmentation",
        num_classes=0,
        shape=None,
        mean=_imagenet2012.MEAN,
        std=_imagenet2012.STD,
        prepare=_prepare,
        files=FILES,
        sizes={"train": 1464, "validation": 1449},
    )


def _prepare(data_dir: Folder, manual_dir: Folder) -> None:
    from adrjax.data import builders

    builders.prepare(builders.VocSegmentation, data_dir, manual_dir)
