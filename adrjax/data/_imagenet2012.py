"""ImageNet of the ILSVRC 2012."""

from adrjax.data._dataset import Augment, Dataset

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def imagenet2012(augment: Augment | None = None) -> Dataset:
    """1,281,167 and 50,000 photos of many sizes in 1,000 classes.

    The classes are in the order of their WordNet ids, which are also their names;
    `first_classes(imagenet2012(), 100)` keeps the first hundred. The split `test` is
    the official validation set, as the labels of the test set are not public.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data imagenet2012 --manual-dir
        FOLDER`.

    Reference:
        Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, 2015.
    """
    return Dataset(
        name="imagenet2012",
        num_classes=1000,
        shape=None,
        mean=MEAN,
        std=STD,
        augment=augment,
        files="ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar, from "
        "https://image-net.org/download-images",
        sizes={"train": 1_281_167, "test": 50_000},
        splits={"test": "validation"},
    )
