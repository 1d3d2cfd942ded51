"""Mean absolute error (MAE)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._log_odds import log_odds


def mean_absolute_error(logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    r"""Counts wrong probability, so that an example it cannot fit hardly moves it.

    .. math:: L = \sum_j |p_j - y_j| = 2 (1 - p_y).

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.

    Returns:
        The loss of each example, in [0, 2], `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Eq. (3).
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    return 2 * jnp.exp(jax.nn.log_sigmoid(-log_odds(logits, labels)))
