"""MNIST."""

from adrjax.data._dataset import Augment, Dataset


def mnist(augment: Augment | None = None) -> Dataset:
    """60,000 and 10,000 handwritten digits of 28 x 28 grey pixels in 10 classes.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data mnist`.

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
