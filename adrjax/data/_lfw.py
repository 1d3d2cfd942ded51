"""Labeled Faces in the Wild (LFW), as photos with names."""

from adrjax.data._dataset import Dataset


def lfw() -> Dataset:
    """Labeled Faces in the Wild (LFW): 13,233 photos of the faces of 5,749 people.

    Photos of 250 x 250 pixels in the one split `train`; `label` is the name of the
    person. For verification use `lfw_pairs` or `lfw_aligned`.

    Returns:
        The data set, prepared by `python -m adrjax.data lfw`.

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
