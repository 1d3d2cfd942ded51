"""Several crops of an image."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks


def crop_probs(logits: ArrayLike) -> jax.Array:
    r"""Averages the probabilities of an image's crops, such as its ten crops.

    .. math:: \frac{1}{n} \sum_{i=1}^n \mathrm{softmax}(z_i)

    Args:
        logits: Those of each crop, `[..., crops, num_classes]`.

    Returns:
        The probabilities of each image, `[..., num_classes]`. The public code of
        FER2013 averages the logits instead: `jnp.mean(logits, axis=-2)`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If there is no crop.

    Reference:
        Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural
        Networks, Sec. 4.1.
    """
    logits = _checks.scores("logits", logits)
    if logits.ndim < 2 or not logits.shape[-2]:
        raise ValueError(
            f"logits must be [..., crops, num_classes], got shape {logits.shape}"
        )
    return jnp.mean(jax.nn.softmax(logits), axis=-2)
