"""Generalized cross entropy (GCE)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._log_odds import log_odds


def generalized_cross_entropy(
    logits: ArrayLike, labels: ArrayLike, *, q: ArrayLike = 0.7
) -> jax.Array:
    r"""Generalized cross entropy (GCE, the Lq loss): `(1 - p_y ** q) / q`.

    It lies between cross entropy, q = 0, which learns fast but fits wrong labels, and
    half the mean absolute error, q = 1, which is robust to them but learns slowly.

    .. math:: L = \frac{1 - p_y^q}{q}.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        q: The robustness to wrong labels, in [0, 1]; the limit is taken at 0.

    Returns:
        The loss of each example, `[...]`: in [0, 1 / q], or in nats for q = 0.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or q is outside
            [0, 1].

    Example:
        >>> from adrjax import losses
        >>> print(f"{losses.generalized_cross_entropy([2.0, 1.0, 0.0], 0):.3f}")
        0.355

    Reference:
        Zhang and Sabuncu, Generalized Cross Entropy Loss, Eq. (6); Wang et al., Robust
        Discriminative Representation Learning via Gradient Rescaling, Eq. (4).
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    q = _checks.between("q", q, 0, 1, like=logits)
    return of_log_probability(jax.nn.log_sigmoid(log_odds(logits, labels)), q)


def of_log_probability(log_p: jax.Array, q: jax.Array) -> jax.Array:
    """Returns (1 - p^q) / q, and its limit -log p at q = 0."""
    positive = jnp.where(q == 0, 1, q)
    return jnp.where(q == 0, -log_p, one_minus_exp(positive * log_p) / positive)


def one_minus_exp(x: jax.Array) -> jax.Array:
    """Returns 1 - exp(x) for x <= 0, exact in value and derivative at both ends."""
    # The derivative of expm1 is expm1 + 1, which cancels far below 0.
    is_near = x > -0.5
    return jnp.where(is_near, -jnp.expm1(jnp.where(is_near, x, 0)), 1 - jnp.exp(x))
