"""Triplet loss with mining in the batch."""

import functools
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import all_gather, axis_offset
from adrjax._vectors import inner_products

Mining = Literal["all", "semihard", "hard"]


def batch_triplet(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    margin: ArrayLike = 0.2,
    mining: Mining = "all",
    axis_name: str | None = None,
) -> jax.Array:
    r"""Triplet loss of a batch: `triplet` of the triplets that each example anchors.

    The positives p of an anchor a are the other examples of its class, the negatives n
    those of other classes. It works best if a batch has several images of each of its
    classes.

    .. math:: L = \operatorname{mean}_{(p, n)} [d_p - d_n + \alpha]_+, \qquad
        d_j = \|a - x_j\|^2.

    The mean is over the triplets that are mined:

    - "all": all positives with all negatives.
    - "semihard": each positive with the nearest negative that is not nearer than the
      positive. A positive that is farther than all negatives is left out. FaceNet does
      not say how to choose among the semi-hard negatives. TensorFlow Addons also takes
      the nearest, and the farthest of all negatives if there is none.
    - "hard": the farthest positive with the nearest negative.

    The distances are squared, as in `triplet` and FaceNet; Hermans et al. take plain
    ones. FaceNet makes the features unit first. For "all" and "semihard" time and
    memory grow with the cube of the batch size, for "hard" with its square.

    An anchor without a triplet has the loss 0 and counts in the mean over the batch. An
    example with a negative label is in no triplet and has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`. All leading axes are the batch.
        labels: Integer classes from 0, `[...]`, of any number of classes.
        margin: The margin alpha, at least 0.
        mining: The triplets of an anchor, "all", "semihard" or "hard".
        axis_name: The device axis over which the batch is split. Triplets are formed
            over all devices.

    Returns:
        The loss of each anchor, `[...]`.

    Raises:
        TypeError: If the features are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label or the margin is negative, or
            `mining` is another word.

    Example:
        >>> from adrjax import embeddings
        >>> features, labels = [[0.0], [1.0], [1.25], [2.0]], [0, 0, 1, 1]
        >>> for mining in ("all", "semihard", "hard"):
        ...     loss = embeddings.batch_triplet(features, labels, mining=mining)
        ...     print(mining, [round(float(x), 3) for x in loss])
        all [0.0, 0.669, 0.35, 0.0]
        semihard [0.0, 0.2, 0.0, 0.0]
        hard [0.0, 1.138, 0.7, 0.0]

    Reference:
        Schroff et al., FaceNet: A Unified Embedding for Face Recognition and
        Clustering, section 3.2; Hermans et al., In Defense of the Triplet Loss for
        Person Re-Identification, Eqs. (5) ("hard") and (6) ("all").
    """
    features = _vector_checks.vectors("features", features)
    labels = _vector_checks.labels_beside(features, labels, jnp.iinfo(jnp.int32).max)
    margin = _checks.between("margin", margin, 0, like=features)
    _checks.one_of("mining", mining, ("all", "semihard", "hard"))
    x, y = features.reshape(-1, features.shape[-1]), labels.ravel()
    others, their_labels = all_gather(x, axis_name), all_gather(y, axis_name)
    places = axis_offset(len(y), axis_name) + jnp.arange(len(y))
    is_pair = places[:, None] != jnp.arange(len(others))[None]
    is_pair &= (their_labels >= 0)[None]
    same = y[:, None] == their_labels[None]
    loss = _of_pairs(mining, x, others, same & is_pair, ~same & is_pair, margin)
    is_counted = (y >= 0) & ~jnp.any(jnp.isnan(x), axis=-1)
    return jnp.where(is_counted, loss, jnp.nan).reshape(labels.shape)


# Recomputed in the backward pass: autodiff would keep arrays of all triplets.
@functools.partial(jax.checkpoint, static_argnums=0)
def _of_pairs(
    mining: Mining,
    x: jax.Array,
    others: jax.Array,
    positive: jax.Array,
    negative: jax.Array,
    margin: jax.Array,
) -> jax.Array:
    distances: jax.Array = _squared_distances(x, others)
    if mining == "hard":
        farthest = jnp.max(distances, axis=1, where=positive, initial=-jnp.inf)
        nearest = jnp.min(distances, axis=1, where=negative, initial=jnp.inf)
        return jax.nn.relu(farthest - nearest + margin)
    p, n = distances[:, :, None], distances[:, None]
    mined = positive[:, :, None] & negative[:, None]
    if mining == "semihard":
        mined &= n >= p
        n = jnp.min(
            jnp.where(mined, n, jnp.inf), axis=2, keepdims=True, initial=jnp.inf
        )
        mined = jnp.any(mined, axis=2, keepdims=True)
    losses = jnp.where(mined, jax.nn.relu(p - n + margin), 0)
    number = jnp.sum(mined, axis=(1, 2), dtype=losses.dtype)
    return jnp.sum(losses, axis=(1, 2)) / jnp.maximum(number, 1)


# Own rule because autodiff would make arrays of all differences, `[batch, batch, dim]`.
@jax.custom_vjp
def _squared_distances(x: jax.Array, others: jax.Array) -> jax.Array:
    return jnp.sum((x[:, None] - others[None]) ** 2, axis=-1)


def _fwd(x, others):
    return _squared_distances(x, others), (x, others)


def _bwd(residuals, cotangent):
    x, others = residuals
    by_x = jnp.sum(cotangent, axis=1)[:, None] * x - inner_products(cotangent, others.T)
    by_others = jnp.sum(cotangent, axis=0)[:, None] * others
    return 2 * by_x, 2 * (by_others - inner_products(cotangent.T, x.T))


_squared_distances.defvjp(_fwd, _bwd)
