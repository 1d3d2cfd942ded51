"""Matched mean intersection over union (mIoU)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.metrics import _inputs


def matched_mean_iou(
    estimated: ArrayLike, truth: ArrayLike, *, num_estimated: int, num_truth: int
) -> jax.Array:
    r"""Tells how well segments without names fit those that were drawn.

    .. math:: \frac{1}{|G|} \sum_{g \in G} \max_e
        \frac{|g \cap e|}{|g \cup e|},

    over the segments g of the ground truth that are there. Several may match one
    estimated segment. Kim et al. count each connected component as a segment, and in
    PASCAL VOC each object and the background; relabel before.

    Args:
        estimated: The segment of each pixel of an image, integer, of any shape.
        truth: The same in the ground truth, of the same shape.
        num_estimated: How many estimated segments there can be.
        num_truth: How many segments of the ground truth there can be.

    Returns:
        The mean over the segments of the ground truth, in [0, 1], `[]`.

    Raises:
        TypeError: If the segments are not integers.
        ValueError: If the shapes differ, there is no pixel or a segment is outside its
            range.

    Reference:
        Kim et al., Unsupervised Learning of Image Segmentation Based on Differentiable
        Feature Clustering, section IV; its authors' answer in issue 2 of
        pytorch-unsupervised-segmentation-tip.
    """
    num_estimated = _checks.count("num_estimated", num_estimated, low=1)
    num_truth = _checks.count("num_truth", num_truth, low=1)
    estimated, truth = _inputs.segments(estimated, truth, num_estimated, num_truth)
    pair = truth.astype(int) * num_estimated + estimated
    both = jnp.bincount(pair, length=num_truth * num_estimated)
    both = both.reshape(num_truth, num_estimated)
    area, other_area = both.sum(1), both.sum(0)
    union = area[:, None] + other_area - both
    best = jnp.max(both / jnp.maximum(union, 1), axis=1)
    return jnp.mean(best, where=area > 0)
