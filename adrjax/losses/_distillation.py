"""Knowledge distillation (KD)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._softmax import Moments, moments, subtract_row


def distillation(
    logits: ArrayLike, teacher_logits: ArrayLike, *, temperature: ArrayLike = 1.0
) -> jax.Array:
    r"""Knowledge distillation (KD): divergence from a teacher's softened predictions.

    It trains a student to predict as the teacher does, wrong classes included. No
    gradient flows into the teacher.

    .. math:: L = \tau^2 \mathrm{KL}(q \,\|\, p), \qquad
        q = \mathrm{softmax}(t / \tau), \quad p = \mathrm{softmax}(z / \tau), \qquad
        \frac{\partial L}{\partial z} = \tau (p - q).

    The factor :math:`\tau^2` keeps the size of the gradient at any temperature, as
    Hinton et al. advise; Tf-KD's code has it, BYOT's does not. They write the cross
    entropy H(q, p), which has the same gradient; the divergence is 0 where student and
    teacher agree. It is `temperature**2 * optax.kl_divergence(log_p, q)`, and torch's
    `KLDivLoss(reduction="none")(log_p, q)` summed over the classes.

    Args:
        logits: Unnormalized scores of the student, `[..., num_classes]`.
        teacher_logits: Unnormalized scores of the teacher, `[..., num_classes]`.
        temperature: The temperature :math:`\tau`, positive.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If the shapes do not fit or the temperature is not positive.

    Example:
        >>> from adrjax import losses
        >>> student, teacher = [2.0, 1.0, 0.0], [2.0, 2.0, 0.0]
        >>> print(f"{losses.distillation(student, teacher, temperature=4.0):.3f}")
        0.116

    Reference:
        Hinton et al., Distilling the Knowledge in a Neural Network, section 2.
    """
    logits = _checks.scores("logits", logits)
    temperature = _checks.positive("temperature", temperature, like=logits)
    teacher_logits = _checks.like_logits("teacher_logits", teacher_logits, logits)
    p_logits = _from_largest(logits) / temperature
    q_logits = _from_largest(jax.lax.stop_gradient(teacher_logits)) / temperature
    return temperature**2 * _divergence(p_logits, q_logits)


def _from_largest(logits: jax.Array) -> jax.Array:
    """Returns logits minus their maximum, so that their quotients keep their digits."""
    return logits - jax.lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))


# Own rule because autodiff would differentiate the difference of two entropies, which
# has no digits left at a high temperature.
@jax.custom_vjp
def _divergence(p_logits: jax.Array, q_logits: jax.Array) -> jax.Array:
    r"""Returns :math:`\mathrm{KL}(q \,\|\, p)`, `[...]`.

    As both sum to 1 it is a sum of terms that are never negative,

    .. math:: \sum_j q_j (e^{d_j} - 1 - d_j), \qquad d_j = \log \frac{p_j}{q_j}.
    """
    return _fwd(p_logits, q_logits)[0]


def _fwd(p_logits, q_logits):
    rows = moments(p_logits), moments(q_logits)
    p, q, d = _parts(p_logits, q_logits, *rows)
    is_near = (q > 0) & (jnp.abs(d) < 1)
    near = q * (jnp.expm1(jnp.where(is_near, d, 0)) - d)
    value = jnp.sum(jnp.where(is_near, near, p - q - q * d), axis=-1)
    return value, (p_logits, q_logits, *rows, value)


def _bwd(residuals, cotangent):
    *inputs, value = residuals
    p, q, d = _parts(*inputs)
    cotangent = cotangent[..., None]
    return cotangent * (p - q), -cotangent * q * (d + value[..., None])


_divergence.defvjp(_fwd, _bwd)


def _parts(
    p_logits: jax.Array, q_logits: jax.Array, p_row: Moments, q_row: Moments
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns p, q and the logarithm of p / q, which is 0 where q is 0."""
    log_p = subtract_row(p_logits, p_row.log_partition)
    log_q = subtract_row(q_logits, q_row.log_partition)
    p, q = jnp.exp(log_p), jnp.exp(log_q)
    return p, q, jnp.where(q > 0, log_p - log_q, 0)
