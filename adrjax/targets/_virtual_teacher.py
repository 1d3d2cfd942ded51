"""The virtual teacher of teacher-free distillation (Tf-KD_reg)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import has_class


def virtual_teacher(
    labels: ArrayLike,
    *,
    num_classes: int,
    correct_prob: ArrayLike = 0.99,
    temperature: ArrayLike = 20.0,
    soften_probs: bool = False,
) -> jax.Array:
    r"""Virtual teacher (Tf-KD_reg): softened prediction of a teacher that is right.

    The target of teacher-free knowledge distillation, a form of label smoothing.

    .. math:: t = \mathrm{softmax}\left(\frac{\log d}{\tau}\right), \qquad
        d_j = \begin{cases} a & j = y \\ (1 - a) / (c - 1) & j \ne y \end{cases}.

    The authors' code softens the probabilities themselves,
    :math:`t = \mathrm{softmax}(d / \tau)`, which at :math:`\tau = 20` is nearly uniform
    for any a. Cross entropy with the target has the gradient of the paper's divergence
    from it.

    Args:
        labels: Integer classes, `[...]`.
        num_classes: The number of classes, c, at least 2.
        correct_prob: The teacher's probability of the label, a, in [0, 1].
        temperature: The temperature :math:`\tau`, positive; 20 or more in the paper.
        soften_probs: Whether to soften the probabilities, as the authors' code does.

    Returns:
        Distributions over the classes, `[..., num_classes]`. NaN for a traced label
        that is not a class: cross entropy then has the gradient 0.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If a label is not a class, there are fewer than two classes, the
            probability is outside [0, 1] or the temperature is not positive.

    Example:
        >>> from adrjax import targets
        >>> print(targets.virtual_teacher([0], num_classes=4).round(3))
        [[0.307 0.231 0.231 0.231]]

    Reference:
        Yuan et al., Revisiting Knowledge Distillation via Label Smoothing
        Regularization, section 5.
    """
    num_classes = _checks.count("num_classes", num_classes, low=2)
    labels = _checks.integer_labels(labels, num_classes)
    one_hot = jax.nn.one_hot(labels, num_classes)
    a = _checks.between("correct_prob", correct_prob, 0, 1, like=one_hot)
    temperature = _checks.positive("temperature", temperature, like=one_hot)
    probs = jnp.where(one_hot > 0, a, (1 - a) / (num_classes - 1))
    scores = probs if soften_probs else jnp.log(probs)
    target = jax.nn.softmax(scores / temperature)
    return jnp.where(has_class(labels, num_classes)[..., None], target, jnp.nan)
