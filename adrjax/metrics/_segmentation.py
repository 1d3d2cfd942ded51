"""Intersection over union (IoU) of segments without class names."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax._labels import has_class
from adrjax.metrics import _inputs


def matched_ious(
    estimated: ArrayLike, truth: ArrayLike, *, num_estimated: int, num_truth: int
) -> jax.Array:
    r"""Matched IoU: the best intersection over union of each ground-truth segment.

    .. math:: \max_e \frac{|g \cap e|}{|g \cup e|}

    It scores segments without class names. One estimated segment may be the best match
    of several. Kim et al.'s mIoU is the mean over the segments of all images:
    concatenate the results of the images and take `jnp.nanmean`. The mean over images
    of each image's mean is another number, about twice as high on BSDS500. Kim et al.
    count each connected component of a network's output as a segment
    (`connected_segments`), and in PASCAL VOC each drawn object and the background.

    Args:
        estimated: The estimated segment of each pixel of an image, integer, any shape.
        truth: The ground-truth segment of each pixel, of the same shape.
        num_estimated: An upper bound on the number of estimated segments.
        num_truth: An upper bound on the number of ground-truth segments.

    Returns:
        The best IoU of each ground-truth segment, in [0, 1], NaN for one without a
        pixel, `[num_truth]`.

    Raises:
        TypeError: If the segments are not integers.
        ValueError: If the shapes differ, there is no pixel, or a segment is outside of
            its range.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> truth = jnp.array([[0, 0, 0], [1, 1, 1]])
        >>> estimated = jnp.array([[0, 0, 1], [1, 2, 2]])
        >>> ious = metrics.matched_ious(estimated, truth, num_estimated=3, num_truth=2)
        >>> [round(float(x), 3) for x in ious]
        [0.667, 0.667]

    Reference:
        Kim et al., Unsupervised Learning of Image Segmentation Based on Differentiable
        Feature Clustering, section IV; its authors' answers in issues 2 and 6 of
        pytorch-unsupervised-segmentation-tip. Their values for a blank image, 0.0458 on
        BSDS500 and 0.2972 on VOC, are one over the mean number of segments.
    """
    num_estimated = _checks.count("num_estimated", num_estimated, low=1)
    num_truth = _checks.count("num_truth", num_truth, low=1)
    estimated, truth = _inputs.segments(estimated, truth, num_estimated, num_truth)
    is_valid = has_class(estimated, num_estimated) & has_class(truth, num_truth)
    num_pairs = num_truth * num_estimated
    pair = jnp.where(is_valid, truth * num_estimated + estimated, num_pairs)
    both = jnp.bincount(pair, length=num_pairs).reshape(num_truth, num_estimated)
    area, other_area = jnp.sum(both, axis=1), jnp.sum(both, axis=0)
    union = area[:, None] + other_area[None] - both
    best = jnp.max(both / jnp.maximum(union, 1), axis=1)
    return jnp.where(area > 0, best, jnp.nan)


def connected_segments(segments: ArrayLike) -> np.ndarray:
    """Connected components: a number for each connected part of each segment.

    Pixels are connected if they share a side (4-connectivity). The function runs on the
    host, not under `jax.jit`, because the number of components depends on the values.

    Args:
        segments: The segment of each pixel, integer `[height, width]`.

    Returns:
        The component of each pixel, numbered from 0 in the order of their first pixels,
        int32 `[height, width]`.

    Raises:
        TypeError: If the segments are not integers.
        ValueError: If the shape is not `[height, width]`.

    Example:
        >>> import numpy as np
        >>> from adrjax import metrics
        >>> metrics.connected_segments(np.array([[5, 5, 7], [7, 7, 5]])).tolist()
        [[0, 0, 1], [2, 2, 3]]

    Reference:
        Kim et al., issue 2 of pytorch-unsupervised-segmentation-tip; public code:
        relabelConnectedSuperpixels of superpixel-benchmark.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    segments = np.asarray(segments)
    if not np.issubdtype(segments.dtype, np.integer):
        raise TypeError(f"segments must be integers, got {segments.dtype}")
    if segments.ndim != 2 or not segments.size:
        raise ValueError(
            f"segments must be [height, width], got shape {segments.shape}"
        )
    places = np.arange(segments.size).reshape(segments.shape)
    down, right = segments[1:] == segments[:-1], segments[:, 1:] == segments[:, :-1]
    one = np.concatenate([places[:-1][down], places[:, :-1][right]])
    other = np.concatenate([places[1:][down], places[:, 1:][right]])
    edges = coo_array((np.ones(one.size, bool), (one, other)), (segments.size,) * 2)
    _, components = connected_components(edges, directed=False)
    return components.reshape(segments.shape)
