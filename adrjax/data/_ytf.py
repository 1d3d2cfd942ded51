"""YouTube Faces (YTF)."""

from collections.abc import Callable

import numpy as np

from adrjax.data._pairs import Pairs


def ytf(
    crop: Callable[[np.ndarray], np.ndarray] | None = None, *, frames: int | None = None
) -> Pairs:
    """YouTube Faces (YTF): 5,000 pairs of videos of faces, in ten folds.

    A fold is 250 pairs of one person and 250 pairs of two. The 3,425 videos of 1,595
    people have 48 to 6,070 frames, 181.3 on average. All 621,126 frames take 18 GiB at
    112 x 96 pixels, more than most memories hold.

    Args:
        crop: A function that crops the face from a frame, uint8
            `[height, width, 3]`, and scales it to the input of the network; the sizes
            of the videos differ.
        frames: The number of frames of a video that are read, spaced evenly. None means
            all, which IE seems to use.

    Returns:
        The set, prepared by `python -m adrjax.data ytf --manual-dir FOLDER`. FOLDER
        holds

            splits.txt
            frame_images_DB/Aaron_Eckhart/0/0.555.jpg

        and so on. If splits.txt has a 6th column, as splits_corrected.txt has, that
        column is read.

    Reference:
        Wolf et al., Face Recognition in Unconstrained Videos with Matched Background
        Similarity, 2011.
    """
    return Pairs(
        name="ytf",
        num_pairs=5000,
        shape=None,
        builder="adrjax.data.builders._ytf:Ytf",
        files="frame_images_DB and splits.txt of https://www.cs.tau.ac.il/~wolf/"
        "ytfaces (cropped or aligned frames may replace the original ones)",
        crop=crop,
        frames=frames,
    )
