"""Which examples a loss emphasises, and how much more than others."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks


def example_weights(
    loss: Callable[[jax.Array, jax.Array], jax.Array],
    logits: ArrayLike,
    labels: ArrayLike,
) -> jax.Array:
    r"""Tells how much each example weighs in the gradient of a loss.

    .. math:: w_i = \left\lVert \frac{\partial L_i}{\partial z_i} \right\rVert_1

    Args:
        loss: Maps `(logits, labels)` to the loss of each example, each of which depends
            on its own logits alone.
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.

    Returns:
        The weights, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Sec. 3.1.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    slope = jax.grad(lambda z: jnp.sum(loss(z, labels)))(logits)
    return jnp.sum(jnp.abs(slope), axis=-1)


def emphasis_focus(weights: ArrayLike, probs: ArrayLike) -> jax.Array:
    r"""Returns the probability of the label that owns the largest weight.

    .. math:: \psi = \arg\max_{p_i} w_i

    Args:
        weights: Those of `example_weights`, `[...]`.
        probs: The probability of the label of each example, `[...]`.

    Returns:
        The focus, in [0, 1], `[]`; of equal weights the first counts.

    Raises:
        TypeError: If the weights or probabilities are not floating.
        ValueError: If the shapes differ or there is no example.

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Definition 1.
    """
    weights, probs = _weights(weights), _checks.floating("probs", probs)
    if probs.shape != weights.shape:
        raise ValueError(
            f"weights of shape {weights.shape} want one of probs each, got shape "
            f"{probs.shape}"
        )
    return probs.ravel()[jnp.argmax(weights)]


def emphasis_spread(weights: ArrayLike) -> jax.Array:
    r"""Returns the variance of the weights of a batch.

    .. math:: \sigma = E[(w_i - E[w_i])^2]

    Args:
        weights: Those of `example_weights`, `[...]`.

    Returns:
        The spread, `[]`.

    Raises:
        TypeError: If the weights are not floating.
        ValueError: If there is no example.

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Definition 2.
    """
    return jnp.var(_weights(weights))


def _weights(x):
    x = _checks.floating("weights", x)
    if not x.size:
        raise ValueError(f"weights must hold an example, got shape {x.shape}")
    return x
