"""Hard bootstrapping."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label, label_mask


def bootstrap_hard(
    logits: ArrayLike, labels: ArrayLike, *, beta: ArrayLike = 0.8
) -> jax.Array:
    r"""Hard bootstrapping: labels mixed with the network's predicted class.

    The target of `losses.cross_entropy` for noisy labels: predictions that differ from
    the label are penalized less.

    .. math:: t_j = \beta \delta_{jy} + (1 - \beta) \delta_{jk}, \qquad
        k = \arg\max_j z_j.

    Of equal logits the lowest class is predicted. No gradient flows into the logits.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        beta: The share of the label, in [0, 1].

    Returns:
        Distributions over the classes, `[..., num_classes]`. NaN for a traced label
        that is not a class: cross entropy then has the gradient 0.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or beta is outside
            [0, 1].

    Example:
        >>> from adrjax import targets
        >>> print(targets.bootstrap_hard([[2.0, 1.0, 0.0]], [1], beta=0.8).round(3))
        [[0.2 0.8 0. ]]

    Reference:
        Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping,
        the hard objective.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    beta = _checks.between("beta", beta, 0, 1, like=logits)
    predicted = label_mask(logits, jnp.argmax(logits, axis=-1))
    target = jnp.where(label_mask(logits, labels), beta, 0)
    target += jnp.where(predicted, 1 - beta, 0)
    is_valid = is_valid_label(logits, labels) & jnp.isfinite(jnp.max(logits, axis=-1))
    return jnp.where(is_valid[..., None], target, jnp.nan)
