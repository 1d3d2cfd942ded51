"""Gradient rescaling (GR)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._log_odds import log_odds


def gradient_rescaling(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    beta: ArrayLike = 8.0,
    lam: ArrayLike = 0.5,
    g: Callable[[jax.Array], jax.Array] = jnp.exp,
    eps: ArrayLike = 0.0,
    normalize: bool = False,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Cross entropy, its gradient rescaled to emphasise easier examples.

    The value is the cross entropy. The gradient with respect to the logits keeps the
    direction that cross entropy, MAE and GCE share, and has the L1 norm

    .. math:: w = g(\beta p_y^\lambda (1 - p_y)), \qquad
        \frac{\partial L}{\partial z_j} = \frac{w}{2} (r_j - \delta_{jy}),

    where :math:`r` is the softmax of the classes other than the label. The weight is
    largest at :math:`p_y = \lambda / (1 + \lambda)`, the emphasis focus; :math:`\beta`
    sets the emphasis spread. With `g=jnp.exp` it never falls below 1: the logits of
    examples learnt long ago go on growing, and training ends up diverging. The authors'
    code divides :math:`p - y` by :math:`2 (1 - p_y)` plus 1e-8, which ends that at a
    margin of 18; so does `eps=1e-8` here. The paper does not mention it.

    No gradient flows into `beta`, `lam` and `eps`. The function whose gradient this is
    has no closed form and is unbounded below (the paper calls it an error function),
    hence the cross entropy in its place.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        beta: Emphasis spread, at least 0. At 0 every example weighs the same.
        lam: Emphasis focus, at least 0. Raise it with the rate of label noise.
        g: The increasing map of Eq. (6); the identity gives cross entropy (beta=2,
            lam=0), MAE (beta=4, lam=1) and GCE (beta=2, lam=q).
        eps: If positive, the weight is also multiplied by
            :math:`(1 - p_y) / (1 - p_y + \epsilon / 2)`.
        normalize: Whether to divide the weights by their mean over the batch, so that
            the gradient of the mean loss has the L1 norm 1, as in the authors' later
            code (not in the paper).
        axis_name: The device axis that the batch is split over, for `normalize`.

    Returns:
        The cross entropy of each example, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or beta, lam or
            eps is negative.

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Eqs. (6) and (7).
    """
    beta, lam = _checks.between("beta", beta, 0), _checks.between("lam", lam, 0)
    eps = _checks.between("eps", eps, 0)
    logits, labels = _checks.logits_and_labels(logits, labels)
    u = log_odds(logits, labels)
    log_p, log_q = jax.nn.log_sigmoid(u), jax.nn.log_sigmoid(-u)
    weights = g(beta * jnp.exp(lam * log_p + log_q))
    if normalize:
        mean = jnp.mean(weights)
        mean = mean if axis_name is None else jax.lax.pmean(mean, axis_name)
        weights /= jnp.where(mean > 0, mean, 1)
    weights *= jax.nn.sigmoid(log_q - jnp.log(eps / 2))
    return _rescaled(u, weights)


# The gradient is, by design, not the derivative of the value.
@jax.custom_vjp
def _rescaled(u, weights):
    return _fwd(u, weights)[0]


def _fwd(u, weights):
    return -jax.nn.log_sigmoid(u), weights


def _bwd(weights, cotangent):
    return -cotangent * weights / 2, None


_rescaled.defvjp(_fwd, _bwd)
