"""ImageNet (ILSVRC 2012)."""

from adrjax.data._dataset import Augment, Dataset

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def imagenet2012(augment: Augment | None = None) -> Dataset:
    """ImageNet (ILSVRC 2012): 1,281,167 training and 50,000 test photos, 1,000 classes.

    The photos have many sizes. The classes are in the order of their WordNet ids, which
    are also their names; `first_classes(imagenet2012(), 100)` keeps the first hundred.
    The split `test` is the official validation set, because the labels of the test set
    are not public.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data imagenet2012 --manual-dir
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
