"""Clothing1M."""

from typing import Literal

from adrjax import _checks
from adrjax.data import _imagenet2012
from adrjax.data._dataset import Augment, Dataset


def clothing1m(
    augment: Augment | None = None, *, labels: Literal["noisy", "clean"] = "noisy"
) -> Dataset:
    """Clothing1M: a million photos of clothes in 14 classes, with labels of shops.

    The photos have many sizes. The split `train` has 1,000,000 photos with the noisy
    labels of shops, or 47,570 with clean labels; `validation` has 14,313 and `test`
    10,526 photos, all with clean labels. `"noisy_train"` and `"clean_train"` can be
    read too.

    Args:
        augment: The augmentation of one image in training.
        labels: Whether `train` is the photos with noisy or with clean labels.

    Returns:
        The data set, prepared by `python -m adrjax.data clothing1m --manual-dir
        FOLDER`, with the mean and std of ImageNet. FOLDER holds

            noisy_train_key_list.txt    images/0/00/1803970,3391385.jpg
            clean_train_key_list.txt
            clean_val_key_list.txt
            clean_test_key_list.txt
            noisy_label_kv.txt          images/0/00/1803970,3391385.jpg 3
            clean_label_kv.txt
            images/0/00/1803970,3391385.jpg

    Reference:
        Xiao, Xia, Yang, Huang and Wang, Learning from Massive Noisy Labeled Data for
        Image Classification, 2015.
    """
    _checks.one_of("labels", labels, ("noisy", "clean"))
    return Dataset(
        name="clothing1m",
        num_classes=14,
        shape=None,
        mean=_imagenet2012.MEAN,
        std=_imagenet2012.STD,
        augment=augment,
        builder="adrjax.data.builders._clothing1m:Clothing1m",
        files="images and the lists noisy_train_key_list.txt, "
        "clean_train_key_list.txt, clean_val_key_list.txt, clean_test_key_list.txt, "
        "noisy_label_kv.txt and clean_label_kv.txt, from the authors: "
        "https://github.com/Cysu/noisy_label",
        sizes={
            "train": 1_000_000 if labels == "noisy" else 47_570,
            "validation": 14_313,
            "test": 10_526,
        },
        splits={"train": f"{labels}_train"},
    )
