"""The virtual teacher of teacher-free distillation (Tf-KD_reg)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks


def virtual_teacher(
    labels: ArrayLike,
    *,
    num_classes: int,
    correct_prob: ArrayLike = 0.99,
    temperature: ArrayLike = 20.0,
    soften_probs: bool = False,
) -> jax.Array:
    r"""The softened prediction of a teacher that is right by design.

    .. math:: t = \mathrm{softmax}\left(\frac{\log d}{\tau}\right), \qquad
        d_j = \begin{cases} a & j = y \\ (1 - a) / (c - 1) & j \ne y \end{cases}.

    The authors' code softens the probabilities themselves,
    :math:`t = \mathrm{softmax}(d / \tau)`, which at :math:`\tau = 20` is all but
    uniform whatever a is. Cross entropy to the target has the gradient of the paper's
    divergence from it.

    Args:
        labels: Integer classes, `[...]`.
        num_classes: The number of classes, c, at least 2.
        correct_prob: The teacher's probability of the label, a, in [0, 1].
        temperature: The temperature :math:`\tau`, positive; the paper has 20 or more.
        soften_probs: Whether to soften the probabilities, as the authors' code does.

    Returns:
        Distributions over the classes, `[..., num_classes]`.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If a label names no class, there are fewer than two classes, the
            probability is outside [0, 1] or the temperature not positive.

    Reference:
        Yuan et al., Revisiting Knowledge Distillation via Label Smoothing
        Regularization, section 5.
    """
    num_classes = _checks.count("num_classes", num_classes, low=2)
    correct_prob = _checks.between("correct_prob", correct_prob, 0, 1)
    temperature = _checks.positive("temperature", temperature)
    labels = _checks.integer_labels(labels, num_classes)
    is_label = jax.nn.one_hot(labels, num_classes, dtype=bool)
    probs = jnp.where(is_label, correct_prob, (1 - correct_prob) / (num_classes - 1))
    scores = probs if soften_probs else jnp.log(probs)
    return jax.nn.softmax(scores / temperature)
