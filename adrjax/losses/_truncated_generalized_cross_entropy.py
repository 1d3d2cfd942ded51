"""Truncated generalized cross entropy."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._generalized_cross_entropy import of_log_probability
from adrjax.losses._log_odds import log_odds


def truncated_generalized_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    q: ArrayLike = 0.7,
    threshold: ArrayLike = 0.5,
) -> jax.Array:
    r"""Generalized cross entropy that gives up on examples it finds unlikely.

    .. math:: L = \frac{1 - \max(p_y, k)^q}{q}.

    The gradient is that of generalized cross entropy for :math:`p_y > k`, and 0 for the
    rest, :math:`p_y = k` among them: it jumps there. The authors train a few epochs
    without the threshold first, since at k = 0.5 few examples pass it before.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        q: How robust to wrong labels, in [0, 1]; at 0 the loss is cross entropy.
        threshold: The probability up to which examples are given up, k, in [0, 1].

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or q or the
            threshold is outside [0, 1].

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Eq. (5); Zhang and Sabuncu, Generalized Cross Entropy Loss, section
        3.3.
    """
    q = _checks.between("q", q, 0, 1)
    k = _checks.between("threshold", threshold, 0, 1)
    logits, labels = _checks.logits_and_labels(logits, labels)
    u = log_odds(logits, labels)
    is_given_up = u <= jnp.log(k) - jnp.log1p(-k)
    log_p = jnp.where(is_given_up, jnp.log(k), jax.nn.log_sigmoid(u))
    return of_log_probability(log_p, q)
