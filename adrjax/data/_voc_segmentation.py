"""Pascal VOC 2012 segmentation."""

from adrjax.data import _imagenet2012
from adrjax.data._dataset import Dataset


def voc_segmentation() -> Dataset:
    """Pascal VOC 2012 segmentation: 1,464 training and 1,449 validation photos.

    The photos have many sizes. The splits are `train` and `validation`. An example has
    `id`, `image` and two PNGs of 8 bits: `classes` has 0 for the background, 1 to 20
    for the classes and 255 for undecided pixels; `objects` numbers the objects in the
    same way. The `voc` of tfds has the boxes of the same photos, but no segments.

    Returns:
        The data set, prepared by `python -m adrjax.data voc_segmentation --manual-dir
        FOLDER`. FOLDER is `VOCdevkit/VOC2012` of the unpacked archive:

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
        builder="adrjax.data.builders._voc_segmentation:VocSegmentation",
        files="ImageSets, JPEGImages, SegmentationClass and SegmentationObject, which "
        "are VOCdevkit/VOC2012 in "
        "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
        sizes={"train": 1464, "validation": 1449},
    )
