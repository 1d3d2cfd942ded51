"""Margins on the score of the label; they return logits."""

import jax
from jax import Array
import jax.numpy as jnp

from formulas._vectors import directions, norms


def cosines(features: Array, weights: Array) -> Array:
    """POD, Eqs. (10) and (24)."""
    return directions(features) @ directions(weights).T


def cosface(
    cosines: Array, labels: Array, *, margin: float = 0.35, scale: float = 64.0
) -> Array:
    """POD, Eq. (2); Wang et al., CosFace, Eq. (4)."""
    return scale * _replaced(cosines, labels, _of_label(cosines, labels) - margin)


def arcface(
    cosines: Array,
    labels: Array,
    *,
    margin: float = 0.5,
    scale: float = 64.0,
    straight_through: bool = False,
    linear_tail: bool = False,
) -> Array:
    """Deng et al., Eq. (3)."""
    return combined_margin(
        cosines,
        labels,
        m2=margin,
        scale=scale,
        straight_through=straight_through,
        linear_tail=linear_tail,
    )


def combined_margin(
    cosines: Array,
    labels: Array,
    *,
    m1: float = 1.0,
    m2: float = 0.0,
    m3: float = 0.0,
    scale: float = 64.0,
    straight_through: bool = False,
    linear_tail: bool = False,
) -> Array:
    """Deng et al., Eq. (4); the two options as in insightface."""
    c = _of_label(cosines, labels)
    angle = m1 * jnp.arccos(c) + m2
    target = jnp.cos(angle)
    if linear_tail:
        target = jnp.where(angle > jnp.pi, c - m2 * jnp.sin(m2), target)
    target = target - m3
    if straight_through:
        target = c + jax.lax.stop_gradient(target - c)
    return scale * _replaced(cosines, labels, target)


def circle(
    cosines: Array,
    labels: Array,
    *,
    margin: float = 0.25,
    scale: float = 256.0,
    stop_weights: bool = True,
) -> Array:
    """Sun et al., Eqs. (5) and (6), of one positive and the other classes."""
    stop = jax.lax.stop_gradient if stop_weights else lambda weights: weights
    a_p = stop(jax.nn.relu(1 + margin - cosines))
    a_n = stop(jax.nn.relu(cosines + margin))
    is_label = _is_label(cosines, labels)
    return scale * jnp.where(
        is_label, a_p * (cosines - 1 + margin), a_n * (cosines - margin)
    )


def large_margin(
    features: Array, weights: Array, labels: Array, *, margin: int = 4, lam: float = 0.0
) -> Array:
    """IE, Eqs. (2) and (3); Liu et al., Large-Margin Softmax Loss, Eqs. (4) to (6)."""
    angles = _angles(features, weights, labels)
    share = (lam * jnp.cos(angles) + _psi(angles, margin)) / (1 + lam)
    score = norms(features) * norms(weights[labels]) * share
    return _replaced(features @ weights.T, labels, score)


def sphereface(
    features: Array, weights: Array, labels: Array, *, margin: int = 4, lam: float = 0.0
) -> Array:
    """Liu et al., SphereFace, Eq. (7)."""
    return large_margin(features, directions(weights), labels, margin=margin, lam=lam)


def _psi(angles: Array, margin: int) -> Array:
    k = jnp.floor(angles * margin / jnp.pi)
    return (-1) ** k * jnp.cos(margin * angles) - 2 * k


def _angles(features: Array, weights: Array, labels: Array) -> Array:
    return jnp.arccos(
        jnp.sum(directions(features) * directions(weights)[labels], axis=-1)
    )


def _is_label(scores: Array, labels: Array) -> Array:
    return jax.nn.one_hot(labels, scores.shape[-1], dtype=bool)


def _of_label(scores: Array, labels: Array) -> Array:
    return jnp.take_along_axis(scores, labels[..., None], axis=-1)[..., 0]


def _replaced(scores: Array, labels: Array, score: Array) -> Array:
    return jnp.where(_is_label(scores, labels), score[..., None], scores)
