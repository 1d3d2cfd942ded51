"""Soft bootstrapping."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label, label_mask


def bootstrap_soft(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    beta: ArrayLike = 0.95,
    stop_gradient: bool = False,
) -> jax.Array:
    r"""Soft bootstrapping: labels mixed with the network's predicted probabilities.

    The target of `losses.cross_entropy` for noisy labels: predictions that differ from
    the label are penalized less.

    .. math:: t_j = \beta \delta_{jy} + (1 - \beta) p_j.

    Gradient flows through the prediction: cross entropy with this target is
    :math:`\beta` times that with the label plus :math:`1 - \beta` times the entropy of
    the prediction. Without that gradient, what remains is :math:`\beta` times the
    gradient with the label.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        beta: The share of the label, in [0, 1].
        stop_gradient: Whether to stop the gradient through the prediction.

    Returns:
        Distributions over the classes, `[..., num_classes]`. NaN for a traced label
        that is not a class: cross entropy then has the gradient 0.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or beta is outside
            [0, 1].

    Example:
        >>> from adrjax import targets
        >>> print(targets.bootstrap_soft([[2.0, 1.0, 0.0]], [1], beta=0.9).round(3))
        [[0.067 0.924 0.009]]

    Reference:
        Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping,
        the soft objective.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    beta = _checks.between("beta", beta, 0, 1, like=logits)
    # Cross entropy has an infinite derivative by the target of a masked class, which
    # must not reach the logits.
    probs = jnp.where(logits == -jnp.inf, 0, jax.nn.softmax(logits))
    probs = jax.lax.stop_gradient(probs) if stop_gradient else probs
    target = jnp.where(label_mask(logits, labels), beta, 0) + (1 - beta) * probs
    is_valid = is_valid_label(logits, labels) & jnp.isfinite(jnp.max(logits, axis=-1))
    return jnp.where(is_valid[..., None], target, jnp.nan)
