"""Soft bootstrapping."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import label_mask


def bootstrap_soft(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    beta: ArrayLike = 0.95,
    stop_gradient: bool = False,
) -> jax.Array:
    r"""Moves a share of the label to what the network believes.

    .. math:: t_j = \beta \delta_{jy} + (1 - \beta) p_j.

    Gradient flows through the belief: cross entropy to this target is :math:`\beta`
    times that to the label plus :math:`1 - \beta` times the entropy of the prediction.
    Without it, what is left is :math:`\beta` times the gradient to the label.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        beta: The share of the label, in [0, 1].
        stop_gradient: Whether to take the belief for a constant.

    Returns:
        Distributions over the classes, `[..., num_classes]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or beta is outside
            [0, 1].

    Reference:
        Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping,
        the soft objective.
    """
    beta = _checks.between("beta", beta, 0, 1)
    logits, labels = _checks.logits_and_labels(logits, labels)
    # A masked class has an infinite slope in cross entropy, which must not reach it.
    probs = jnp.where(logits > -jnp.inf, jax.nn.softmax(logits), 0)
    probs = jax.lax.stop_gradient(probs) if stop_gradient else probs
    return beta * label_mask(logits, labels) + (1 - beta) * probs
