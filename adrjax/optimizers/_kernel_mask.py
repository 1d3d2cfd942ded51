"""Which parameters to pull towards 0."""

from typing import Any

import jax

from adrjax.optimizers._paths import paths


def kernel_mask(params: Any) -> Any:
    """Tells the kernels of layers and the weights of classes from all the rest.

    A mask for `sgd(weight_decay_mask=kernel_mask)` and `optax.adamw(mask=kernel_mask)`, which
    spares biases, the scales of normalizations and activations, the position
    embeddings and tokens of transformers, and centers, as the recipes of DeiT, Swin and
    most others do.

    Args:
        params: A tree of parameters.

    Returns:
        The tree of bool: whether the last part of the name is `kernel` or `weights`.
    """
    return jax.tree.map(
        lambda name: name.split("/")[-1] in ("kernel", "weights"), paths(params)
    )
