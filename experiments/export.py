"""A trained network in files that do not need this project."""

import pathlib
from typing import Any

import flax.traverse_util
import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save

from experiments.trained import Trained

PLATFORMS = ("cpu", "cuda", "tpu")


def write_program(trained: Trained, path: pathlib.Path) -> None:
    """Writes a program for jax: uint8 images `[b, h, w, c]` to logits, for any b.

    It has the weights and the normalization in it.

    Args:
        trained: The network.
        path: The file to write, which `jax.export.deserialize` reads.
    """
    recipe = trained.row.recipe
    assert recipe.dataset.shape is not None

    def logits_of(image: jax.Array) -> jax.Array:
        images = recipe.dataset.normalize(image)[None]
        outputs: Any = recipe.model.apply(trained.variables, images, train=False)
        return outputs.logits[0].astype(jnp.float32)

    (batch,) = jax.export.symbolic_shape("b")
    images = jax.ShapeDtypeStruct((batch, *recipe.dataset.shape), np.uint8)
    # By vmap, because a model may need the length of its batch, which is symbolic here.
    program = jax.jit(jax.vmap(logits_of))
    exported = jax.export.export(program, platforms=PLATFORMS)(images)
    path.write_bytes(exported.serialize())


def write_weights(trained: Trained, path: pathlib.Path) -> None:
    """Writes the variables by names like `params/head/kernel`.

    Args:
        trained: The network.
        path: The .safetensors file to write.
    """
    flat = flax.traverse_util.flatten_dict(jax.device_get(trained.variables), sep="/")
    path.write_bytes(save({name: np.asarray(x) for name, x in flat.items()}))
