"""MNIST."""

from adrjax.data._dataset import Augment, Dataset


def mnist(augment: Augment | None = None) -> Dataset:
    """MNIST: 60,000 training and 10,000 test images of 28 x 28 in 10 classes.

    Handwritten digits in grey. The mean and std are those of the training images; IE
    only divides the pixels by 256, which is `dataclasses.replace(mnist(),
    mean=(0.0,), std=(256 / 255,))`.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data mnist`.

    Reference:
        LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document
        Recognition, 1998.
    """
    return Dataset(
        name="mnist",
        num_classes=10,
        shape=(28, 28, 1),
        mean=(0.1307,),
        std=(0.3081,),
        augment=augment,
        sizes={"train": 60_000, "test": 10_000},
    )
