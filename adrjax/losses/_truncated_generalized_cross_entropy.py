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
    r"""Truncated generalized cross entropy: GCE, constant up to a threshold of `p_y`.

    Examples with an unlikely label, many of them mislabelled, have no gradient.

    .. math:: L = \frac{1 - \max(p_y, k)^q}{q}.

    For :math:`p_y > k` the gradient is the gradient of generalized cross entropy, for
    :math:`p_y \le k` it is 0: it jumps there. The authors first train a few epochs
    without the threshold, because few examples pass k = 0.5 at the start.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        q: The robustness to wrong labels, in [0, 1]; at 0 the loss is cross entropy.
        threshold: The largest probability without a gradient, k, in [0, 1].

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or q or the
            threshold is outside [0, 1].

    Example:
        >>> from adrjax import losses
        >>> loss = losses.truncated_generalized_cross_entropy([2.0, 1.0, 0.0], 1)
        >>> print(f"{loss:.3f}")
        0.549

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Eq. (5); Zhang and Sabuncu, Generalized Cross Entropy Loss, section
        3.3.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    q = _checks.between("q", q, 0, 1, like=logits)
    k = _checks.between("threshold", threshold, 0, 1, like=logits)
    u = log_odds(logits, labels)
    is_unlikely = u <= jnp.log(k) - jnp.log1p(-k)
    log_p = jnp.where(is_unlikely, jnp.log(k), jax.nn.log_sigmoid(u))
    return of_log_probability(log_p, q)
