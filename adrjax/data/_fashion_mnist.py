"""Fashion-MNIST."""

from adrjax.data._dataset import Augment, Dataset


def fashion_mnist(augment: Augment | None = None) -> Dataset:
    """Fashion-MNIST: 60,000 training and 10,000 test images of 28 x 28 in 10 classes.

    Articles of clothing in grey.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data fashion_mnist`.

    Reference:
        Xiao, Rasul and Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking
        Machine Learning Algorithms, 2017.
    """
    return Dataset(
        name="fashion_mnist",
        num_classes=10,
        shape=(28, 28, 1),
        mean=(0.2860,),
        std=(0.3530,),
        augment=augment,
        sizes={"train": 60_000, "test": 10_000},
    )
