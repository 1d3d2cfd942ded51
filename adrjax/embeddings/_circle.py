"""Circle loss at pair level."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import all_gather, axis_offset
from adrjax._vectors import inner_products, unit


def circle(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    margin: ArrayLike = 0.25,
    scale: ArrayLike = 256.0,
    stop_weights: bool = True,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Circle loss at pair level: weighted cosines of all pairs in a batch.

    The cosines of pairs within a class grow to 1 and of other pairs fall to 0. Each is
    weighted by its distance from its optimum, so the hardest pairs get the largest
    gradient. `margins.circle` is the circle loss at class level, on cosines to class
    weights.

    .. math:: L = \log\left[1 + \sum_n e^{s [s_n + m]_+ (s_n - m)}
        \sum_p e^{-s [1 + m - s_p]_+ (s_p - 1 + m)}\right].

    The cosines :math:`s_p` of an example are to the others of its class in the batch
    and :math:`s_n` to the examples of other classes. Each example has its own
    logarithm, one softplus, as in pytorch-metric-learning and keras; some
    implementations take one over all pairs of the batch. An example without one kind of
    pair has the loss 0 and counts in the mean; those two average over the others.

    An example with a negative label belongs to no pair and has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`. All leading axes are the batch.
            A feature of 0 has the cosine 0 and no gradient.
        labels: Integer classes from 0, `[...]`, of any number of classes.
        margin: The distance allowed between a cosine within a class and 1, and between
            one of two classes and 0; at least 0.
        scale: The factor of the exponents, at least 0. The paper's values are margin
            0.25, scale 256 for faces and 0.4, 80 for retrieval;
            pytorch-metric-learning's default is the latter.
        stop_weights: Whether the weights :math:`[\cdot]_+` are constants for the
            gradient, as in the authors' code.
        axis_name: The device axis over which the batch is split. Pairs are formed over
            all devices.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If the features are not floating or the labels not integers.
        ValueError: If the shapes do not match, or a label, margin or scale is negative.

    Example:
        >>> from adrjax import embeddings
        >>> features = [[1.0, 0.0], [1.0, 0.2], [0.0, 1.0]]
        >>> loss = embeddings.circle(features, [0, 0, 1], scale=10.0)
        >>> [round(float(x), 3) for x in loss]
        [0.253, 0.352, 0.0]

    Reference:
        Sun et al., Circle Loss: A Unified Perspective of Pair Similarity Optimization,
        Eqs. (5) and (6).
    """
    features = _vector_checks.vectors("features", features)
    labels = _vector_checks.labels_beside(features, labels, jnp.iinfo(jnp.int32).max)
    margin = _checks.between("margin", margin, 0, like=features)
    scale = _checks.between("scale", scale, 0, like=features)
    x, y = unit(features).reshape(-1, features.shape[-1]), labels.ravel()
    similarities = inner_products(x, all_gather(x, axis_name))
    places = axis_offset(len(y), axis_name) + jnp.arange(len(y))
    others = all_gather(y, axis_name)
    loss = _of_batch(stop_weights, similarities, places, y, others, margin, scale)
    is_counted = (y >= 0) & ~jnp.any(jnp.isnan(x), axis=-1)
    return jnp.where(is_counted, loss, jnp.nan).reshape(labels.shape)


# Recomputed in the backward pass: autodiff would keep masks, weights and exponents of
# all pairs.
@functools.partial(jax.checkpoint, static_argnums=0)
def _of_batch(
    stop_weights: bool,
    similarities: jax.Array,
    places: jax.Array,
    labels: jax.Array,
    others: jax.Array,
    margin: jax.Array,
    scale: jax.Array,
) -> jax.Array:
    is_pair = (places[:, None] != jnp.arange(len(others))[None]) & (others >= 0)[None]
    same = labels[:, None] == others[None]
    return of_similarities(
        stop_weights, similarities, same & is_pair, ~same & is_pair, margin, scale
    )


def of_similarities(
    stop_weights: bool,
    similarities: jax.Array,
    positive: jax.Array,
    negative: jax.Array,
    margin: jax.Array,
    scale: jax.Array,
) -> jax.Array:
    """Returns the loss of a set of similarities, `[..., pairs]` to `[...]`.

    Entries that are neither positive nor negative are left out.
    """

    def exponent(weights: jax.Array, distances: jax.Array) -> jax.Array:
        weights = jax.nn.relu(weights)
        weights = jax.lax.stop_gradient(weights) if stop_weights else weights
        return scale * weights * distances

    s = similarities
    absent = jnp.finfo(s.dtype).min / 4  # finite: a row without pairs has no NaN
    within = jnp.where(positive, exponent(1 + margin - s, 1 - margin - s), absent)
    between = jnp.where(negative, exponent(s + margin, s - margin), absent)
    return jax.nn.softplus(
        jax.nn.logsumexp(within, axis=-1) + jax.nn.logsumexp(between, axis=-1)
    )
