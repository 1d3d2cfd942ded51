"""Mask of weight decay."""

import re
from typing import Any

import jax
import numpy as np

from adrjax.optimizers._parameter_paths import parameter_paths

SPARED = re.compile("bias|scale|pos_emb|position|token|center")


def kernel_mask(params: Any) -> Any:
    """Weight-decay mask: kernels decay; biases, scales, positions and centers do not.

    For `sgd(weight_decay_mask=kernel_mask)` and `optax.adamw(mask=kernel_mask)`. A
    parameter decays if it has two axes or more, so the matrices and filters of Flax,
    NNX, Haiku and Equinox do and their biases and normalizations do not, and if its own
    name has none of "bias", "scale", "pos_emb", "position", "token" and "center". This
    is the rule of DeiT, Swin and timm. A stack of the vectors of several layers, as of
    `nn.scan`, has two axes: only the name spares it.

    Args:
        params: A tree of parameters.

    Returns:
        The tree of bool: which parameters decay.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import optimizers
        >>> params = {"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3)}
        >>> optimizers.kernel_mask(params | {"centers": jnp.ones((4, 3))})
        {'bias': False, 'centers': False, 'kernel': True}
    """

    def decays(path: str, x: Any) -> bool:
        return np.ndim(x) > 1 and not SPARED.search(path.split("/")[-1])

    return jax.tree.map(decays, parameter_paths(params), params)
