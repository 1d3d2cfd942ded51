"""Tiny ImageNet."""

from adrjax.data._dataset import Augment, Dataset
from adrjax.data.augment import pad_crop_flip


def tiny_imagenet(augment: Augment | None = pad_crop_flip) -> Dataset:
    """Tiny ImageNet: 100,000 training and 10,000 test photos of 64 x 64, 200 classes.

    The classes are in the order of their WordNet ids. The split `test` is the official
    validation set, because the labels of the test set are not public.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data tiny_imagenet --manual-dir
        FOLDER`. FOLDER is the unpacked archive:

            wnids.txt
            words.txt
            train/n01443537/images/n01443537_0.JPEG
            val/val_annotations.txt
            val/images/val_0.JPEG

    Reference:
        Le and Yang, Tiny ImageNet Visual Recognition Challenge, 2015.
    """
    return Dataset(
        name="tiny_imagenet",
        num_classes=200,
        shape=(64, 64, 3),
        mean=(0.4802, 0.4481, 0.3975),
        std=(0.2770, 0.2691, 0.2821),
        augment=augment,
        builder="adrjax.data.builders._tiny_imagenet:TinyImagenet",
        files="wnids.txt, words.txt, train and val of "
        "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
        sizes={"train": 100_000, "test": 10_000},
        splits={"test": "validation"},
    )
