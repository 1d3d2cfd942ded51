"""Forward loss correction."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import shard_like
from adrjax._labels import is_valid_label, take_rows
from adrjax._softmax import moments, softmax, subtract_row


def forward_correction(
    logits: ArrayLike, labels: ArrayLike, *, transition: ArrayLike
) -> jax.Array:
    r"""Forward loss correction: cross entropy of the noisy label's probability.

    The network predicts the clean class. The transition matrix maps that prediction to
    the distribution of the noisy label.

    .. math:: L = -\log s, \qquad s = \sum_i p_i T_{iy}, \qquad
        \frac{\partial L}{\partial z_j} = p_j - \frac{p_j T_{jy}}{s}.

    If no class has a positive probability of the label, s is 0: the loss of the example
    is infinite and its gradient 0.

    Args:
        logits: Unnormalized scores of the clean classes, `[..., num_classes]`.
        labels: Integer noisy classes, `[...]`.
        transition: The probability :math:`T_{ij}` of the label j for an example of
            class i, `[num_classes, num_classes]`. Gradient flows into it too.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or a row of the
            transition is not a distribution.

    Example:
        >>> from adrjax import losses
        >>> transition = [[0.9, 0.1], [0.2, 0.8]]
        >>> loss = losses.forward_correction([2.0, 0.0], 1, transition=transition)
        >>> print(f"{loss:.3f}")
        1.696

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, Theorem 2.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    transition = _checks.transition("transition", transition, logits.shape[-1])
    likelihoods = take_rows(transition.T.astype(logits.dtype), labels)
    loss = _forward_correction(logits, likelihoods)
    return jnp.where(is_valid_label(logits, labels), loss, jnp.nan)


# Own rule because s underflows where the label is unlikely, and because p minus the
# posterior cancels where both are nearly 1: there it is minus the sum of the others.
@jax.custom_vjp
def _forward_correction(logits: jax.Array, likelihoods: jax.Array) -> jax.Array:
    return _fwd(logits, likelihoods)[0]


def _fwd(logits, likelihoods):
    row = moments(logits)
    lowest = jnp.finfo(logits.dtype).min
    possible = jnp.where(likelihoods > 0, logits, lowest)
    shift = jnp.maximum(jnp.max(possible, axis=-1), lowest)
    total = jnp.sum(likelihoods * _exp(logits - shift[..., None]), axis=-1)
    loss = -subtract_row(shift[..., None], row.log_partition)[..., 0] - jnp.log(total)
    return loss, (logits, likelihoods, row, shift, total)


def _bwd(residuals, cotangent):
    logits, likelihoods, row, shift, total = residuals
    cotangent = jnp.where(total > 0, cotangent, 0)[..., None]
    total = jnp.where(total > 0, total, 1)[..., None]
    d = logits - shift[..., None]
    p, posterior = softmax(logits, row), likelihoods * _exp(d) / total
    gradient, is_top = p - posterior, p > 0.5
    others = jnp.sum(jnp.where(is_top, 0, gradient), axis=-1, keepdims=True)
    gradient = jnp.where(is_top, -others, gradient)
    of_likelihoods = -cotangent * _exp(d - jnp.log(total))
    return cotangent * gradient, shard_like(of_likelihoods, likelihoods)


_forward_correction.defvjp(_fwd, _bwd)


def _exp(x: jax.Array) -> jax.Array:
    """Returns exp(x), bounded, so that its product with a likelihood of 0 is 0."""
    return jnp.exp(jnp.minimum(x, math.log(float(jnp.finfo(x.dtype).max)) - 1))
