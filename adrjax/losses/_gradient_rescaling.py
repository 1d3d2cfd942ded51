"""Gradient rescaling (GR)."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import psum
from adrjax._labels import is_valid_label
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
    r"""Gradient rescaling (GR): cross entropy whose gradient favours easier examples.

    Examples of a medium probability of the label train the network; hard ones, many of
    them mislabelled, and easy ones have less influence.

    The value is the cross entropy. The gradient with respect to the logits has the
    direction that cross entropy, MAE and GCE share, and the L1 norm

    .. math:: w = g(\beta p_y^\lambda (1 - p_y)), \qquad
        \frac{\partial L}{\partial z_j} = \frac{w}{2} (r_j - \delta_{jy}),

    where :math:`r` is the softmax of the classes other than the label. The weight is
    largest at :math:`p_y = \lambda / (1 + \lambda)`, the emphasis focus; :math:`\beta`
    sets the emphasis spread.

    **Learning rate.** The norm for cross entropy is at most 2. At the defaults it
    reaches 21.7, at `p_y` = 1/3, and training at the rate of cross entropy diverges.
    Start from a tenth of that rate with `eps=1e-6`, or from that rate with
    `normalize=True, eps=1e-6`. With `g=jnp.exp` and `eps=0` the weight never falls
    below 1: the logits of examples learned long ago keep growing, and training diverges
    in the end at any rate. `eps` stops that at a margin of 14 (1e-6) or 18 (1e-8).

    The defaults are Eqs. (6) and (7) as printed, and no published result is known to
    come from them. The authors' own Caffe layer (2019) divides the gradient by the sum
    of the weights over the batch, and :math:`p - y` by :math:`2 (1 - p_y)` plus 1e-6:
    this is the mean of this loss with `normalize=True, eps=1e-6`. Their later code,
    ProSelfLC, has 1e-8 in place of 1e-6. The paper mentions neither.

    No gradient flows into `beta`, `lam` and `eps`. The function with this gradient has
    no closed form and is unbounded below (the paper calls it an error function), hence
    the cross entropy as the value. Examples whose traced label is not a class have the
    loss NaN, the gradient 0 and no weight in the mean of `normalize`.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        beta: Emphasis spread, at least 0. At 0 every example has the same weight. The
            learning rate depends on it: start from a tenth of the rate of cross
            entropy, see above.
        lam: Emphasis focus, at least 0. Raise it with the rate of label noise. The
            learning rate depends on it too.
        g: The increasing map of Eq. (6); the identity gives cross entropy (beta=2,
            lam=0), MAE (beta=4, lam=1) and GCE (beta=2, lam=q).
        eps: If positive, the weight is also multiplied by
            :math:`(1 - p_y) / (1 - p_y + \epsilon / 2)`.
        normalize: Whether to divide the weights by their mean over the batch. The
            gradient of the mean loss then has the L1 norm 1.
        axis_name: The device axis over which the batch is split, for `normalize`.

    Returns:
        The cross entropy of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or beta, lam or
            eps is negative.

    Example:
        >>> import jax
        >>> from adrjax import losses
        >>> gradient = jax.grad(losses.gradient_rescaling)(jax.numpy.zeros(2), 0)
        >>> print(gradient.round(2))
        [-8.46  8.46]

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Eqs. (6) and (7).
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    beta = _checks.between("beta", beta, 0, like=logits)
    lam = _checks.between("lam", lam, 0, like=logits)
    eps = _checks.between("eps", eps, 0, like=logits)
    u = log_odds(logits, labels)
    # The smallest number instead of log 0, so that p^lam is 1 at lam = 0.
    log_p = jnp.maximum(jax.nn.log_sigmoid(u), jnp.finfo(u.dtype).min)
    log_q = jax.nn.log_sigmoid(-u)
    weights = g(beta * jnp.exp(lam * log_p + log_q))
    if normalize:
        is_valid = is_valid_label(logits, labels)
        total = psum(jnp.sum(weights, where=is_valid), axis_name)
        mean = total / psum(jnp.sum(is_valid, dtype=u.dtype), axis_name)
        weights /= jnp.where(total == 0, 1, mean)
    positive = jnp.where(eps == 0, 1, eps)
    margin = jax.nn.sigmoid(log_q - jnp.log(positive / 2))
    return _rescaled(u, weights * jnp.where(eps == 0, 1, margin))


# The gradient is, by design, not the derivative of the value.
@jax.custom_vjp
def _rescaled(u: jax.Array, weights: jax.Array) -> jax.Array:
    return _fwd(u, weights)[0]


def _fwd(u, weights):
    return -jax.nn.log_sigmoid(u), weights


def _bwd(weights, cotangent):
    return -cotangent * weights / 2, None


_rescaled.defvjp(_fwd, _bwd)
