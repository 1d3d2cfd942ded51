"""Distillation of a teacher's predictions (KD)."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._cross_entropy import cross_entropy


def distillation(
    logits: ArrayLike, teacher_logits: ArrayLike, *, temperature: ArrayLike = 1.0
) -> jax.Array:
    r"""Pulls the prediction to that of a teacher, both softened by a temperature.

    .. math:: L = \tau^2 \mathrm{KL}(q \,\|\, p), \qquad
        q = \mathrm{softmax}(t / \tau), \quad p = \mathrm{softmax}(z / \tau), \qquad
        \frac{\partial L}{\partial z} = \tau (p - q).

    The factor :math:`\tau^2` keeps the gradient's size where the temperature changes,
    as Hinton et al. advise and Tf-KD's code does; BYOT's code leaves it out. They write
    the cross entropy H(q, p); it has the same gradient, and this is 0 where student and
    teacher agree. No gradient flows into the teacher.

    Args:
        logits: Unnormalised scores of the student, `[..., num_classes]`.
        teacher_logits: Those of the teacher, of the same shape.
        temperature: The temperature :math:`\tau`, positive.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If the shapes do not fit or the temperature is not positive.

    Reference:
        Hinton et al., Distilling the Knowledge in a Neural Network, section 2.
    """
    temperature = _checks.positive("temperature", temperature)
    logits = _checks.scores("logits", logits)
    teacher_logits = _checks.like_logits("teacher_logits", teacher_logits, logits)
    softened = jax.lax.stop_gradient(teacher_logits) / temperature
    q = jax.nn.softmax(softened)
    divergence = cross_entropy(logits / temperature, q) - cross_entropy(softened, q)
    return temperature**2 * divergence
