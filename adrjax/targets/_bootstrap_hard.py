"""Hard bootstrapping."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import label_mask


def bootstrap_hard(
    logits: ArrayLike, labels: ArrayLike, *, beta: ArrayLike = 0.8
) -> jax.Array:
    r"""Moves a share of the label to the class that the network finds likeliest.

    .. math:: t_j = \beta \delta_{jy} + (1 - \beta) \delta_{jk}, \qquad
        k = \arg\max_j z_j.

    Of equal logits the lowest class is the likeliest. No gradient flows into them.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        beta: The share of the label, in [0, 1].

    Returns:
        Distributions over the classes, `[..., num_classes]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or beta is outside
            [0, 1].

    Reference:
        Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping,
        the hard objective.
    """
    beta = _checks.between("beta", beta, 0, 1)
    logits, labels = _checks.logits_and_labels(logits, labels)
    likeliest = label_mask(logits, jnp.argmax(logits, axis=-1)).astype(logits.dtype)
    return beta * label_mask(logits, labels) + (1 - beta) * likeliest
