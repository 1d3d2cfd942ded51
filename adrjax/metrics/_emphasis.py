"""Emphasis focus and emphasis spread of a loss."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.metrics import _inputs
from adrjax.metrics._nan import nan_of


def example_weights(
    loss: Callable[[jax.Array, jax.Array], jax.Array],
    logits: ArrayLike,
    labels: ArrayLike,
) -> jax.Array:
    r"""Example weights: the L1 norm of each example's gradient by its logits.

    .. math:: w_i = \left\lVert \frac{\partial L_i}{\partial z_i} \right\rVert_1

    They show which examples a loss learns from: cross entropy weighs an example by
    :math:`2 (1 - p_y)`.

    Args:
        loss: Maps `(logits, labels)` to the loss of each example, `[...]`. Each value
            depends on the logits of its own example only.
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.

    Returns:
        The weights, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label is not a class.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import losses, metrics
        >>> logits = jnp.log(jnp.array([[0.9, 0.1], [0.2, 0.8]]))
        >>> labels = jnp.array([0, 0])
        >>> weights = metrics.example_weights(losses.cross_entropy, logits, labels)
        >>> [round(float(weight), 3) for weight in weights]
        [0.2, 1.6]

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Sec. 3.1.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    gradient = jax.grad(lambda z: jnp.sum(loss(z, labels)))(logits)
    return jnp.sum(jnp.abs(gradient), axis=-1)


def emphasis_focus(weights: ArrayLike, probs: ArrayLike) -> jax.Array:
    r"""Emphasis focus: the label's probability in the example of the largest weight.

    .. math:: \psi = \arg\max_{p_i} w_i

    A focus of 0 means that a loss learns most from the hardest examples, which may have
    wrong labels.

    Args:
        weights: The `example_weights`, `[...]`.
        probs: The probability of each example's label, `[...]`.

    Returns:
        The focus, in [0, 1], `[]`. Of equal weights the first counts.

    Raises:
        TypeError: If the weights or probabilities are not floating.
        ValueError: If the shapes differ, there is no example, or a probability is
            outside of [0, 1].

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> weights, probs = jnp.array([0.2, 1.6, 0.8]), jnp.array([0.9, 0.2, 0.6])
        >>> round(float(metrics.emphasis_focus(weights, probs)), 3)
        0.2

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Definition 1.
    """
    weights, probs = _inputs.weights(weights), _inputs.label_probs(probs)
    if probs.shape != weights.shape:
        raise ValueError(
            "weights and probs must have the same shape, one number an example, got "
            f"shapes {weights.shape} and {probs.shape}"
        )
    return probs.ravel()[jnp.argmax(weights)] + nan_of(weights)


def emphasis_spread(weights: ArrayLike) -> jax.Array:
    r"""Emphasis spread: the variance of the example weights, :math:`E[(w - E[w])^2]`.

    The larger it is, the fewer examples decide the gradient. It is the variance of the
    population, divided by n.

    Args:
        weights: The `example_weights`, `[...]`.

    Returns:
        The spread, `[]`.

    Raises:
        TypeError: If the weights are not floating.
        ValueError: If there is no example.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> round(float(metrics.emphasis_spread(jnp.array([0.2, 1.6, 0.6]))), 3)
        0.347

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Definition 2.
    """
    return jnp.var(_inputs.weights(weights))
