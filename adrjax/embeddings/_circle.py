"""Circle loss of the pairs of a batch."""

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
    r"""Pulls the cosine of each pair the harder the farther it is from its place.

    .. math:: L = \log\left[1 + \sum_n e^{s [s_n + m]_+ (s_n - m)}
        \sum_p e^{-s [1 + m - s_p]_+ (s_p - 1 + m)}\right],

    where the cosines :math:`s_p` of an example are to the others of its class in the
    batch and :math:`s_n` to those of other classes. An example that lacks either has
    the loss 0. One whose label is negative is in no pair, has the loss NaN and the
    gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`; all leading
            axes are the batch. A feature of 0 has the cosine 0 and no gradient.
        labels: Integer classes from 0, `[...]`, of any number of classes.
        margin: How far from 1 a cosine within and from 0 one between classes may stay,
            at least 0.
        scale: What the terms are multiplied by, at least 0.
        stop_weights: Whether to keep gradient from flowing through the weights
            :math:`[\cdot]_+`, as the authors do.
        axis_name: The device axis that the batch is split over; pairs are of all
            devices.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If the features are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is negative, or margin or scale
            is.

    Reference:
        Sun et al., Circle Loss: A Unified Perspective of Pair Similarity Optimization,
        Eqs. (5) and (6).
    """
    margin = _checks.between("margin", margin, 0)
    scale = _checks.between("scale", scale, 0)
    features = _vector_checks.vectors("features", features)
    labels = _vector_checks.labels_beside(features, labels, jnp.iinfo(jnp.int32).max)
    x, y = unit(features).reshape(-1, features.shape[-1]), labels.ravel()
    similarities = inner_products(x, all_gather(x, axis_name))
    places = axis_offset(len(y), axis_name) + jnp.arange(len(y))
    others = all_gather(y, axis_name)
    loss = _of_batch(stop_weights, similarities, places, y, others, margin, scale)
    return loss.reshape(labels.shape)


# Recomputed in the backward pass: autodiff would keep masks, weights and exponents of
# all pairs.
@functools.partial(jax.checkpoint, static_argnums=0)
def _of_batch(stop_weights, similarities, places, labels, others, margin, scale):
    is_pair = (places[:, None] != jnp.arange(len(others))) & (others >= 0)
    same = labels[:, None] == others
    loss = of_similarities(
        stop_weights, similarities, same & is_pair, ~same & is_pair, margin, scale
    )
    return jnp.where(labels >= 0, loss, jnp.nan)


def of_similarities(
    stop_weights: bool,
    similarities: jax.Array,
    positive: jax.Array,
    negative: jax.Array,
    margin: jax.Array,
    scale: jax.Array,
) -> jax.Array:
    """Returns the loss of a set of similarities, `[..., pairs]`, to `[...]`.

    Pairs that are neither positive nor negative have no part in it.
    """

    def exponent(weights, distances):
        weights = jax.nn.relu(weights)
        weights = jax.lax.stop_gradient(weights) if stop_weights else weights
        return scale * weights * distances

    s = similarities
    absent = jnp.finfo(s.dtype).min / 4  # finite, so that no pair at all is no NaN
    within = jnp.where(positive, exponent(1 + margin - s, 1 - margin - s), absent)
    between = jnp.where(negative, exponent(s + margin, s - margin), absent)
    return jax.nn.softplus(
        jax.nn.logsumexp(within, axis=-1) + jax.nn.logsumexp(between, axis=-1)
    )
