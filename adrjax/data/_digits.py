"""Digits of scikit-learn."""

from adrjax.data._dataset import Augment, Dataset


def digits(augment: Augment | None = None) -> Dataset:
    """Digits of scikit-learn: 1,497 training and 300 test images of 8 x 8, no download.

    Handwritten digits in grey, in 10 classes. Every sixth image, from the first on, is
    a test image: 25 to 33 of each class. The pixels 0..16 of scikit-learn become
    0..255. The data set is prepared when it is first read.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set.

    Reference:
        Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
    """
    return Dataset(
        name="digits",
        num_classes=10,
        shape=(8, 8, 1),
        mean=(0.3055,),
        std=(0.3760,),
        augment=augment,
        builder="adrjax.data.builders._digits:Digits",
        sizes={"train": 1497, "test": 300},
    )
