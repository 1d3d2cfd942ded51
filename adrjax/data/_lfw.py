"""Labeled Faces in the Wild, as photos with names."""

from adrjax.data._dataset import Dataset


def lfw() -> Dataset:
    """13,233 photos of 250 x 250 pixels of the faces of 5,749 people.

    There is the one split `train`, and `label` is the name of the person. What the
    photos are for is verification.

    Returns:
        The data set, to be prepared by `python -m adrjax.data lfw`.

    Reference:
        Huang, Ramesh, Berg and Learned-Miller, Labeled Faces in the Wild, 2007.
    """
    return Dataset(
        name="lfw",
        num_classes=0,
        shape=(250, 250, 3),
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        sizes={"train": 13_233},
    )
