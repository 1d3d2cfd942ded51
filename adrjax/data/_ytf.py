"""YouTube Faces (YTF)."""

from collections.abc import Callable
import os

import numpy as np

from adrjax.data._pairs import Pairs

FILES = (
    "frame_images_DB and splits.txt of https://www.cs.tau.ac.il/~wolf/ytfaces "
    "(frames that were cropped or aligned may take the place of the original ones)"
)


def ytf(
    crop: Callable[[np.ndarray], np.ndarray] | None = None, *, frames: int | None = None
) -> Pairs:
    """5,000 pairs of videos of faces, in ten folds.

    A fold is 250 pairs of one person and 250 of two. The 3,425 videos of 1,595 people
    have 48 to 6,070 frames, 181.3 on average: 621,126 frames, 18 GiB at 112 x 96
    pixels, are too many for most memories.

    Args:
        crop: Cuts the face out of a frame, uint8 `[height, width, 3]`, and brings it to
            the size that a network wants; the sizes of the videos differ.
        frames: How many frames of a video are read, spaced evenly; None for all, as
            the paper of IE seems to.

    Returns:
        The set, to be prepared by `python -m adrjax.data ytf --manual-dir FOLDER`,
        where FOLDER holds

            splits.txt
            frame_images_DB/Aaron_Eckhart/0/0.555.jpg

        and so on. The 6th column that splits_corrected.txt has counts where it is
        there.

    Reference:
        Wolf et al., Face Recognition in Unconstrained Videos with Matched Background
        Similarity, 2011.
    """
    return Pairs(
        name="ytf",
        num_pairs=5000,
        shape=None,
        prepare=_prepare,
        files=FILES,
        crop=crop,
        frames=frames,
    )


def _prepare(
    data_dir: str | os.PathLike | None, manual_dir: str | os.PathLike | None = None
) -> None:
    from adrjax.data import builders

    builders.prepare(builders.Ytf, data_dir, manual_dir)
