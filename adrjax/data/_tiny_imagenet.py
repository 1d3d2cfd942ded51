"""Tiny ImageNet."""

from adrjax.data._dataset import Augment, Dataset, Folder
from adrjax.data.augment import pad_crop_flip

FILES = (
    "wnids.txt, words.txt, train and val of "
    "http://cs231n.stanford.edu/tiny-imagenet-200.zip"
)


def tiny_imagenet(augment: Augment | None = pad_crop_flip) -> Dataset:
    """100,000 and 10,000 photos of 64 x 64 pixels in 200 classes of ImageNet.

    The classes are in the order of their WordNet ids. The split `test` is the official
    validation set, as the labels of the test set are not public.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data tiny_imagenet
        --manual-dir FOLDER`, where FOLDER is the unpacked archive:

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
        prepare=_prepare,
        files=FILES,
        sizes={"train": 100_000, "test": 10_000},
        splits={"test": "validation"},
    )


def _prepare(data_dir: Folder, manual_dir: Folder) -> None:
    from adrjax.data import builders

    builders.prepare(builders.TinyImagenet, data_dir, manual_dir)
