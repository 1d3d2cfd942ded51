"""Focal loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._log_odds import log_odds


def focal(logits: ArrayLike, labels: ArrayLike, *, gamma: ArrayLike = 2.0) -> jax.Array:
    r"""Focal loss: cross entropy weighted by `(1 - p_y) ** gamma`.

    It reduces the loss of examples that the network already classifies well, so that
    training concentrates on the hard ones.

    .. math:: L = -(1 - p_y)^\gamma \log p_y.

    The probabilities are a softmax over the classes. `optax.sigmoid_focal_loss` and
    `torchvision.ops.sigmoid_focal_loss` use independent sigmoids; the logits 0 and z,
    `[..., 2]`, give the same value here. Their class weight alpha is a factor of the
    result, `alpha[labels] * losses.focal(logits, labels)`.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        gamma: The focusing parameter, at least 0; at 0 this is cross entropy.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or gamma < 0.

    Example:
        >>> from adrjax import losses
        >>> print(f"{losses.focal([2.0, 1.0, 0.0], 0, gamma=2.0):.3f}")
        0.046

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, Eq. (4), over a softmax as in
        Zhao et al., GSC Loss, Eq. (18), whose eta is gamma.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    gamma = _checks.between("gamma", gamma, 0, like=logits)
    return _focal(log_odds(logits, labels), gamma)


# Own rule because autodiff is NaN at p_y = 0, where -log p_y is infinite and the
# derivative of its weight is 0.
@jax.custom_jvp
def _focal(u: jax.Array, gamma: jax.Array) -> jax.Array:
    return -jnp.exp(gamma * jax.nn.log_sigmoid(-u)) * jax.nn.log_sigmoid(u)


@_focal.defjvp
def _jvp(
    primals: tuple[jax.Array, jax.Array], tangents: tuple[jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array]:
    (u, gamma), (u_dot, gamma_dot) = primals, tangents
    log_p, log_q = jax.nn.log_sigmoid(u), jax.nn.log_sigmoid(-u)
    p, q, weight = jnp.exp(log_p), jnp.exp(log_q), jnp.exp(gamma * log_q)
    log_p = jnp.where(p == 0, 0, log_p)  # p log p and log p log q are 0 at p = 0
    by_u = weight * (gamma * p * log_p - q)
    by_gamma = -weight * log_p * log_q
    return _focal(u, gamma), by_u * u_dot + by_gamma * gamma_dot
