"""The handwritten digits that come with scikit-learn."""

from adrjax.data._dataset import Augment, Dataset, Folder


def digits(augment: Augment | None = None) -> Dataset:
    """1,497 and 300 digits of 8 x 8 grey pixels in 10 classes, with no download.

    Every sixth image, from the first on, is a test image: 25 to 33 of each class. The
    pixels 0..16 of scikit-learn become 0..255. The data set prepares itself when it is
    first read.

    Args:
        augment: What training does to one image.

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
        prepare=_prepare,
        sizes={"train": 1497, "test": 300},
    )


def _prepare(data_dir: Folder, manual_dir: Folder) -> None:
    from adrjax.data import builders  # imports tfds, which takes 0.4 s

    builders.prepare(builders.Digits, data_dir, manual_dir)
