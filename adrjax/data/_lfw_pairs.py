"""Labeled Faces in the Wild, from its images and its list of pairs."""

from collections.abc import Callable
import os

import numpy as np

from adrjax.data._pairs import Pairs

FILES = (
    "lfw and pairs.txt of http://vis-www.cs.umass.edu/lfw (the images of lfw.tgz, or "
    "aligned ones)"
)


def lfw_pairs(crop: Callable[[np.ndarray], np.ndarray] | None = None) -> Pairs:
    """6,000 pairs of Labeled Faces in the Wild, in ten folds: its View 2.

    A fold is 300 pairs of one person and then 300 of two. The pairs show 7,701 of the
    13,233 photos, of 250 x 250 pixels.

    Args:
        crop: Cuts the face out of a photo, uint8 `[height, width, 3]`, and brings it to
            the size that a network wants.

    Returns:
        The set, to be prepared by `python -m adrjax.data lfw_pairs --manual-dir
        FOLDER`, where FOLDER holds

            pairs.txt
            lfw/Abel_Pacheco/Abel_Pacheco_0001.jpg

        and so on; the photos may be those that were aligned, under the same names.

    Reference:
        Huang et al., Labeled Faces in the Wild, 2007.
    """
    return Pairs(
        name="lfw_pairs",
        num_pairs=6000,
        shape=None,
        prepare=_prepare,
        files=FILES,
        crop=crop,
    )


def _prepare(
    data_dir: str | os.PathLike | None, manual_dir: str | os.PathLike | None = None
) -> None:
    from adrjax.data import builders

    builders.prepare(builders.LfwPairs, data_dir, manual_dir)
