"""Held-out validation sets."""

import jax
import numpy as np

from adrjax import _checks
from adrjax.data._dataset import Split


def hold_out(key: jax.Array, split: Split, size: int) -> tuple[Split, Split]:
    """Splits a stratified validation set off a split.

    Tune on the held-out images, not on the test set. Each class gives the same share of
    its images, rounded down, and one more if its rounding error is among the largest,
    so the sizes add up. The key alone decides which images. Hold out before labels are
    corrupted; otherwise the held-out labels are corrupted too.

    Args:
        key: A JAX random key; report it, such as `jax.random.key(0)`.
        split: The images and labels.
        size: The number of images that are held out, in 1..n - 1.

    Returns:
        The other images and the images held out, both in the order of the split.

    Raises:
        ValueError: If the numbers of labels and images differ, or the size is not in
            1..n - 1.
    """
    labels = np.asarray(split.labels)
    n = len(split.images)
    if labels.shape != (n,):
        raise ValueError(
            f"split has {n} images, so its labels must have shape ({n},), got "
            f"{labels.shape}"
        )
    if n < 2:
        raise ValueError(f"split must have at least 2 images to divide, got {n}")
    size = _checks.count("size", size, low=1, high=n - 1, of=" (one image must stay)")
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    quotas, remainders = np.divmod(counts * size, n)
    quotas[np.argsort(-remainders, kind="stable")[: size - quotas.sum()]] += 1

    order = np.asarray(jax.random.permutation(key, n))
    order = order[np.argsort(classes[order], kind="stable")]
    places = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    is_held_out = np.zeros(n, bool)
    is_held_out[order] = places < np.repeat(quotas, counts)
    return _rows(split, ~is_held_out), _rows(split, is_held_out)


def _rows(split: Split, is_kept: np.ndarray) -> Split:
    rows = np.flatnonzero(is_kept)
    return Split(split.images[rows], split.labels[rows])
