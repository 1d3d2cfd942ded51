"""Which parameters to pull towards 0."""

from typing import Any

import jax

from adrjax.optimizers._names import names


def only_kernels(params: Any) -> Any:
    """Tells the kernels of layers and the weights of classes from all the rest.

    A mask for `sgd(decay=only_kernels)` and `optax.adamw(mask=only_kernels)`, which
    spares biases, the scales of normalizations and activations, the position
    embeddings and tokens of transformers, and centers, as the recipes of DeiT, Swin and
    most others do.

    Args:
        params: A tree of parameters.

    Returns:
        The tree of bool: whether the last part of the name is `kernel` or `weights`.
    """
    return jax.tree.map(
        lambda name: name.split("/")[-1] in ("kernel", "weights"), names(params)
    )
