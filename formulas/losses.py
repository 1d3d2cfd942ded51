"""Losses of logits and labels, one value per example."""

from collections.abc import Callable
from typing import Literal

import jax
from jax import Array
import jax.numpy as jnp
from jax.typing import ArrayLike


def cross_entropy(logits: Array, labels: Array) -> Array:
    """ADR, Eq. (1)."""
    return -jnp.log(_label_prob(logits, labels))


def soft_cross_entropy(logits: Array, targets: Array) -> Array:
    """ADR, Eq. (1), of target distributions."""
    return -jnp.sum(targets * jax.nn.log_softmax(logits), axis=-1)


def focal(logits: Array, labels: Array, *, gamma: float = 2.0) -> Array:
    """Lin et al., Eq. (4)."""
    p = _label_prob(logits, labels)
    return -((1 - p) ** gamma) * jnp.log(p)


def mean_absolute_error(logits: Array, labels: Array) -> Array:
    """GR, Eq. (3)."""
    return 2 * (1 - _label_prob(logits, labels))


def generalized_cross_entropy(logits: Array, labels: Array, *, q: float = 0.7) -> Array:
    """GR, Eq. (4)."""
    return (1 - _label_prob(logits, labels) ** q) / q


def truncated_generalized_cross_entropy(
    logits: Array, labels: Array, *, q: float = 0.7, threshold: float = 0.5
) -> Array:
    """GR, Eq. (5)."""
    return (1 - jnp.maximum(_label_prob(logits, labels), threshold) ** q) / q


def gradient_rescaling(
    logits: Array,
    labels: Array,
    *,
    beta: float = 8.0,
    lam: float = 0.5,
    g: Callable[[Array], Array] = jnp.exp,
    eps: float = 0.0,
    normalize: bool = False,
) -> Array:
    """GR, Eqs. (6) and (7): the value of cross entropy, its gradient rescaled."""
    p = _label_prob(logits, labels)
    weights = g(beta * p**lam * (1 - p))
    weights = weights / jnp.mean(weights) if normalize else weights
    weights = weights * (1 - p) / (1 - p + eps / 2)
    scale = jax.lax.stop_gradient(weights / (2 * (1 - p)))
    loss = -jnp.log(p)
    return jax.lax.stop_gradient(loss) + scale * (loss - jax.lax.stop_gradient(loss))


def reverse_cross_entropy(
    logits: Array, labels: Array, *, log_zero: float = -4.0
) -> Array:
    """Wang et al., Symmetric Cross Entropy, section 3.2."""
    return -log_zero * (1 - _label_prob(logits, labels))


def symmetric_cross_entropy(
    logits: Array,
    labels: Array,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
) -> Array:
    """Wang et al., Symmetric Cross Entropy, section 3.2."""
    reverse = reverse_cross_entropy(logits, labels, log_zero=log_zero)
    return alpha * cross_entropy(logits, labels) + beta * reverse


def forward_correction(logits: Array, labels: Array, *, transition: ArrayLike) -> Array:
    """Patrini et al., Theorem 2."""
    columns = jnp.asarray(transition).T[labels]
    return -jnp.log(jnp.sum(jax.nn.softmax(logits) * columns, axis=-1))


def backward_correction(
    logits: Array, labels: Array, *, transition: ArrayLike
) -> Array:
    """Patrini et al., Theorem 1."""
    rows = jnp.linalg.inv(jnp.asarray(transition))[labels]
    return -jnp.sum(rows * jax.nn.log_softmax(logits), axis=-1)


def complement_entropy(
    logits: Array, labels: Array, *, normalizer: Literal["none", "c-1", "c"] = "none"
) -> Array:
    """Chen et al., Complement Objective Training, section 2."""
    c = logits.shape[-1]
    is_label = jax.nn.one_hot(labels, c, dtype=bool)
    r = jax.nn.softmax(logits, where=~is_label)
    entropy = -jnp.sum(r * jnp.log(jnp.where(is_label, 1, r)), axis=-1)
    return -entropy / {"none": 1, "c-1": c - 1, "c": c}[normalizer]


def distillation(
    logits: Array, teacher_logits: Array, *, temperature: float = 1.0
) -> Array:
    """Hinton et al., section 2, as the divergence KL(q || p)."""
    log_p = jax.nn.log_softmax(logits / temperature)
    log_q = jax.nn.log_softmax(jax.lax.stop_gradient(teacher_logits) / temperature)
    return temperature**2 * jnp.sum(jnp.exp(log_q) * (log_q - log_p), axis=-1)


def online_label_smoothing(
    logits: Array, labels: Array, soft_labels: Array, *, alpha: float = 0.5
) -> Array:
    """Zhang et al., Delving Deep into Label Smoothing, section III."""
    soft = soft_cross_entropy(logits, soft_labels[labels])
    return alpha * cross_entropy(logits, labels) + (1 - alpha) * soft


def next_soft_labels(logits: Array, labels: Array) -> Array:
    """Zhang et al., section III: the mean right prediction of each class.

    Uniform for a class without one, as in the authors' code.
    """
    c = logits.shape[-1]
    p = jax.lax.stop_gradient(jax.nn.softmax(logits))
    right = jax.nn.one_hot(labels, c) * (jnp.argmax(p, axis=-1) == labels)[:, None]
    counts = jnp.sum(right, axis=0)[:, None]
    return jnp.where(counts > 0, right.T @ p / counts, 1 / c)


def chunked_cross_entropy(
    features: Array,
    weights: Array,
    labels: Array,
    *,
    logits: Callable[[Array, Array, Array], Array],
    num_chunks: int,
) -> Array:
    """ADR, Eq. (1), of a head."""
    return cross_entropy(logits(features, weights, labels), labels)


def _label_prob(logits: Array, labels: Array) -> Array:
    probs = jax.nn.softmax(logits)
    return jnp.take_along_axis(probs, labels[..., None], axis=-1)[..., 0]
