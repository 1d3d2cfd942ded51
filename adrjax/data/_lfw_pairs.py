"""Labeled Faces in the Wild (LFW), from its images and its list of pairs."""

from collections.abc import Callable

import numpy as np

from adrjax.data._pairs import Pairs


def lfw_pairs(crop: Callable[[np.ndarray], np.ndarray] | None = None) -> Pairs:
    """Labeled Faces in the Wild (LFW), View 2: 6,000 pairs in ten folds.

    A fold is 300 pairs of one person and then 300 pairs of two. The pairs show 7,701 of
    the 13,233 photos, of 250 x 250 pixels.

    Args:
        crop: A function that crops the face from a photo, uint8
            `[height, width, 3]`, and scales it to the input of the network.

    Returns:
        The set, prepared by `python -m adrjax.data lfw_pairs --manual-dir FOLDER`.
        FOLDER holds

            pairs.txt
            lfw/Abel_Pacheco/Abel_Pacheco_0001.jpg

        and so on; the photos may be aligned ones under the same names.

    Reference:
        Huang et al., Labeled Faces in the Wild, 2007.
    """
    return Pairs(
        name="lfw_pairs",
        num_pairs=6000,
        shape=None,
        builder="adrjax.data.builders._lfw_pairs:LfwPairs",
        files="lfw and pairs.txt of http://vis-www.cs.umass.edu/lfw (the images of "
        "lfw.tgz, or aligned ones)",
        crop=crop,
    )
