"""Targets: labels to distributions over the classes."""

import jax
from jax import Array
import jax.numpy as jnp


def smooth_labels(labels: Array, *, num_classes: int, alpha: float = 0.1) -> Array:
    """Szegedy et al., section 7."""
    return (1 - alpha) * jax.nn.one_hot(labels, num_classes) + alpha / num_classes


def bootstrap_soft(
    logits: Array, labels: Array, *, beta: float = 0.95, stop_gradient: bool = False
) -> Array:
    """Reed et al., the soft objective."""
    p = jax.nn.softmax(logits)
    p = jax.lax.stop_gradient(p) if stop_gradient else p
    return beta * jax.nn.one_hot(labels, logits.shape[-1]) + (1 - beta) * p


def bootstrap_hard(logits: Array, labels: Array, *, beta: float = 0.8) -> Array:
    """Reed et al., the hard objective."""
    c = logits.shape[-1]
    likeliest = jax.nn.one_hot(jnp.argmax(logits, axis=-1), c)
    return beta * jax.nn.one_hot(labels, c) + (1 - beta) * likeliest


def virtual_teacher(
    labels: Array,
    *,
    num_classes: int,
    correct_prob: float = 0.99,
    temperature: float = 20.0,
    soften_probs: bool = False,
) -> Array:
    """Yuan et al., Eq. (5), and its softmax of a temperature."""
    is_label = jax.nn.one_hot(labels, num_classes, dtype=bool)
    d = jnp.where(is_label, correct_prob, (1 - correct_prob) / (num_classes - 1))
    return jax.nn.softmax((d if soften_probs else jnp.log(d)) / temperature)
