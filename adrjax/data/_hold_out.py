"""A validation set taken from the training images."""

import jax
import numpy as np

from adrjax import _checks
from adrjax.data._dataset import Split


def hold_out(key: jax.Array, split: Split, size: int) -> tuple[Split, Split]:
    """Takes a validation set from a split, so that nothing is tuned on the test set.

    Each class gives the same share of its images: `floor` of it, and one more where the
    share falls short by most, so that the sizes add up. Which images is a matter of the
    key alone. Hold out before labels are corrupted, or tune on corrupted ones.

    Args:
        key: A JAX random key; report it, such as `jax.random.key(0)`.
        split: The images and labels.
        size: How many images are held out, in 1..n - 1.

    Returns:
        The rest and the images held out, both in the order of the split.

    Raises:
        ValueError: If there are not as many labels as images, or the size is outside
            1..n - 1.
    """
    labels = np.asarray(split.labels)
    n = len(labels)
    if len(split.images) != n:
        raise ValueError(
            f"split has {len(split.images)} images, wanted as many labels, got {n}"
        )
    size = _checks.count("size", size, low=1, high=n - 1, of=" (one image must stay)")
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    quotas, short = np.divmod(counts * size, n)
    quotas[np.argsort(-short, kind="stable")[: size - quotas.sum()]] += 1

    order = np.asarray(jax.random.permutation(key, n))
    order = order[np.argsort(classes[order], kind="stable")]
    places = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    is_held_out = np.zeros(n, bool)
    is_held_out[order] = places < np.repeat(quotas, counts)
    return _kept(split, ~is_held_out), _kept(split, is_held_out)


def _kept(split, is_kept):
    rows = np.flatnonzero(is_kept)
    return Split(split.images[rows], split.labels[rows])
