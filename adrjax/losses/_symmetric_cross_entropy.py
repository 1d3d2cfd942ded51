"""Symmetric cross entropy (SCE, SL)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._softmax import weighted_log
from adrjax.losses._log_odds import log_odds


def symmetric_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    alpha: ArrayLike = 0.1,
    beta: ArrayLike = 1.0,
    log_zero: ArrayLike = -4.0,
) -> jax.Array:
    r"""Symmetric cross entropy (SCE, SL): cross entropy plus reverse cross entropy.

    Cross entropy learns, reverse cross entropy is robust to wrong labels.

    .. math:: L = -\alpha \log p_y - \beta A (1 - p_y), \qquad A = \log 0.

    The authors' code clips probabilities at 1e-7, and labels less likely than that have
    no gradient in it. They have here.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        alpha: The weight of cross entropy, at least 0; 6 for CIFAR-100.
        beta: The weight of reverse cross entropy, at least 0; 0.1 for CIFAR-100.
        log_zero: The number used for the logarithm of 0, A, at most 0; the authors'
            code uses :math:`\log 10^{-4} = -9.2`.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, alpha or beta is
            negative, or A > 0.

    Example:
        >>> from adrjax import losses
        >>> print(f"{losses.symmetric_cross_entropy([2.0, 1.0, 0.0], 0):.3f}")
        1.380

    Reference:
        Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels,
        section 3.2.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    alpha = _checks.between("alpha", alpha, 0, like=logits)
    beta = _checks.between("beta", beta, 0, like=logits)
    log_zero = _checks.at_most("log_zero", log_zero, 0, like=logits)
    u = log_odds(logits, labels)
    one_minus_p = jnp.exp(jax.nn.log_sigmoid(-u))
    return -weighted_log(alpha, jax.nn.log_sigmoid(u)) - beta * log_zero * one_minus_p
