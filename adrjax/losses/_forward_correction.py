"""Forward loss correction."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._softmax import is_class, is_label, log_probs, moments, row_of_label


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
    likelihoods = row_of_label(transition.T.astype(logits.dtype), labels)
    loss = _forward_correction(logits, likelihoods)
    return jnp.where(is_class(logits, labels), loss, jnp.nan)


# Own rule because s underflows where the label is unlikely, and because p less the
# posterior cancels where both are nearly 1: there it is less the sum of the others.
@jax.custom_vjp
def _forward_correction(logits, likelihoods):
    return _fwd(logits, likelihoods)[0]


def _fwd(logits, likelihoods):
    row = moments(logits)
    log_joint = _log_joint(logits, likelihoods, row)
    shift = jnp.clip(jnp.max(log_joint, axis=-1), -jnp.finfo(logits.dtype).max)
    log_s = shift + jnp.log(jnp.sum(jnp.exp(log_joint - shift[..., None]), axis=-1))
    return -log_s, (logits, likelihoods, row, log_s)


def _log_joint(logits, likelihoods, row):
    log_likelihoods = jnp.where(likelihoods > 0, jnp.log(likelihoods), -jnp.inf)
    return log_probs(logits, row) + log_likelihoods


def _bwd(residuals, cotangent):
    logits, likelihoods, row, log_s = residuals
    cotangent = jnp.where(log_s > -jnp.inf, cotangent, 0)[..., None]
    log_s = jnp.where(log_s > -jnp.inf, log_s, 0)[..., None]
    log_p = log_probs(logits, row)
    posterior = jnp.exp(_log_joint(logits, likelihoods, row) - log_s)
    slope = jnp.exp(log_p) - posterior
    top = is_label(logits, jnp.argmax(logits, axis=-1))
    others = jnp.sum(jnp.where(top, 0, slope), axis=-1, keepdims=True)
    slope = jnp.where(top, -others, slope)
    return cotangent * slope, -cotangent * jnp.exp(log_p - log_s)


_forward_correction.defvjp(_fwd, _bwd)
