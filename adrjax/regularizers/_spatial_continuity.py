"""Spatial continuity of a segmentation."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks


def spatial_continuity(logits: ArrayLike, *, normalize: bool = True) -> jax.Array:
    r"""Spatial continuity: L1 differences of the logits of neighbouring pixels.

    Minimizing it makes neighbouring pixels of a segmentation predict the same class.

    .. math:: L = \sum_{i, j} \|z_{i+1, j} - z_{i, j}\|_1
        + \sum_{i, j} \|z_{i, j+1} - z_{i, j}\|_1.

    It is the anisotropic total variation of the logits (`tf.image.total_variation`, a
    sum). An example is an image here.

    Args:
        logits: Unnormalized scores of the pixels, `[..., height, width, num_classes]`.
        normalize: Whether each sum is divided by its number of differences, as in the
            authors' code, whose weight of 1 beside the mean cross entropy of the pixels
            needs it. The paper prints the sum.

    Returns:
        The penalty of each image, `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If the logits have no height and width.

    Example:
        >>> from adrjax import regularizers
        >>> logits = [[[1.0, 0.0], [0.0, 0.0]]]
        >>> print(regularizers.spatial_continuity(logits))
        0.5

    Reference:
        Kim et al., Unsupervised Learning of Image Segmentation Based on Differentiable
        Feature Clustering, the spatial continuity loss.
    """
    logits = _checks.pixels(_checks.scores("logits", logits))
    down = _total(jnp.diff(logits, axis=-3), normalize)
    right = _total(jnp.diff(logits, axis=-2), normalize)
    return down + right


def _total(differences: jax.Array, normalize: bool) -> jax.Array:
    count = math.prod(differences.shape[-3:]) if normalize else 1
    # Where neighbours agree its derivative is 0; the derivative of jnp.abs is 1.
    lengths = differences * jnp.sign(differences)
    return jnp.sum(lengths, axis=(-3, -2, -1)) / max(count, 1)
