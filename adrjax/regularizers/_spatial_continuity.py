"""Spatial continuity of a segmentation."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks


def spatial_continuity(logits: ArrayLike, *, normalize: bool = True) -> jax.Array:
    r"""Makes neighbouring pixels of an image predict alike.

    .. math:: L = \sum_{i, j} \|z_{i+1, j} - z_{i, j}\|_1
        + \sum_{i, j} \|z_{i, j+1} - z_{i, j}\|_1.

    An example is an image here, so that the value lacks its two axes too.

    Args:
        logits: Unnormalised scores of the pixels, `[..., height, width, num_classes]`.
        normalize: Whether each sum is a mean over its differences, as in the authors'
            code, whose weight of 1 beside the mean cross entropy of the pixels wants
            it, or the sum that the paper prints.

    Returns:
        The penalty of each image, `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If the logits are not those of an image.

    Reference:
        Kim et al., Unsupervised Learning of Image Segmentation Based on Differentiable
        Feature Clustering, the spatial continuity loss.
    """
    logits = _checks.pixels(_checks.scores("logits", logits))
    down = _total(jnp.diff(logits, axis=-3), normalize)
    right = _total(jnp.diff(logits, axis=-2), normalize)
    return down + right


def _total(differences, normalize):
    count = math.prod(differences.shape[-3:]) if normalize else 1
    # Where neighbours agree the slope of this is 0, and that of jnp.abs 1.
    lengths = differences * jnp.sign(differences)
    return jnp.sum(lengths, axis=(-3, -2, -1)) / max(count, 1)
