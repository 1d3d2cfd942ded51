"""Forward loss correction."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label, take_rows
from adrjax._softmax import moments, softmax, subtract_row


def forward_correction(
    logits: ArrayLike, labels: ArrayLike, *, transition: ArrayLike
) -> jax.Array:
    r"""Cross entropy of the noisy label, so that the network learns the clean one.

    .. math:: L = -\log s, \qquad s = \sum_i p_i T_{iy}, \qquad
        \frac{\partial L}{\partial z_j} = p_j - \frac{p_j T_{jy}}{s}.

    Where the transition gives a label to no class, s is 0: the loss of such an example
    is infinite and its gradient 0.

    Args:
        logits: Unnormalised scores of the clean classes, `[..., num_classes]`.
        labels: Integer noisy classes, `[...]`.
        transition: The probability :math:`T_{ij}` that class i is labelled j,
            `[num_classes, num_classes]`. Gradient flows into it too.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or a row of the
            transition is no distribution.

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, Theorem 2.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    transition = _checks.transition("transition", transition, logits.shape[-1])
    likelihoods = take_rows(transition.T.astype(logits.dtype), labels)
    loss = _forward_correction(logits, likelihoods)
    return jnp.where(is_valid_label(logits, labels), loss, jnp.nan)


# Own rule because s underflows where the label is unlikely, and because p less the
# posterior cancels where both are nearly 1: there it is less the sum of the others.
@jax.custom_vjp
def _forward_correction(logits, likelihoods):
    return _fwd(logits, likelihoods)[0]


def _fwd(logits, likelihoods):
    row = moments(logits)
    possible = jnp.where(likelihoods > 0, logits, -jnp.inf)
    shift = jnp.clip(jnp.max(possible, axis=-1), -jnp.finfo(logits.dtype).max)
    terms = likelihoods * jnp.exp(possible - shift[..., None])
    total = jnp.sum(terms, axis=-1)
    loss = -subtract_row(shift[..., None], row.log_partition)[..., 0] - jnp.log(total)
    return loss, (logits, likelihoods, row, shift, total)


def _bwd(residuals, cotangent):
    logits, likelihoods, row, shift, total = residuals
    is_possible = total > 0
    cotangent = jnp.where(is_possible, cotangent, 0)[..., None]
    shift = jnp.where(is_possible, shift, jnp.inf)[..., None]
    ratio = jnp.exp(logits - shift) / jnp.where(is_possible, total, 1)[..., None]
    posterior = jnp.where(likelihoods > 0, likelihoods * ratio, 0)
    p = softmax(logits, row)
    slope, top = p - posterior, p > 0.5
    others = jnp.sum(jnp.where(top, 0, slope), axis=-1, keepdims=True)
    return cotangent * jnp.where(top, -others, slope), -cotangent * ratio


_forward_correction.defvjp(_fwd, _bwd)
