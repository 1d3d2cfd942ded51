"""Focal loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._log_odds import log_odds


def focal(logits: ArrayLike, labels: ArrayLike, *, gamma: ArrayLike = 2.0) -> jax.Array:
    r"""Cross entropy that cares less for what the network already gets right.

    .. math:: L = -(1 - p_y)^\gamma \log p_y.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        gamma: The focusing parameter, at least 0; at 0 this is cross entropy.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or gamma < 0.

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, Eq. (4), over a softmax as in
        Zhao et al., GSC Loss, Eq. (18), whose eta is gamma.
    """
    gamma = _checks.between("gamma", gamma, 0)
    logits, labels = _checks.logits_and_labels(logits, labels)
    u = log_odds(logits, labels)
    return -jnp.exp(gamma * jax.nn.log_sigmoid(-u)) * jax.nn.log_sigmoid(u)
