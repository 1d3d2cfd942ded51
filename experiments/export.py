"""A trained network in files that do not need this project."""

import pathlib
from typing import Any, Literal

import flax.traverse_util
import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save

from adrjax import train
from experiments.trained import Trained

PLATFORMS = ("cpu", "cuda", "tpu")


def write_program(
    trained: Trained,
    path: pathlib.Path,
    shape: tuple[int, ...],
    *,
    output: Literal["logits", "features"] = "logits",
    views: train.Views | None = None,
) -> None:
    """Writes a program for jax: uint8 images `[b, h, w, c]` to logits or features, for any b.

    It has the weights and the normalization in it, and the mean over the views.

    Args:
        trained: The network.
        path: The file to write, which `jax.export.deserialize` reads.
        shape: The shape of an image.
        output: What the program returns.
        views: The views of an image that the network sees; None for all of it.
    """
    model, dataset = trained.run.recipe.model, trained.run.recipe.data.dataset
    variables = jax.device_get(trained.network.variables)

    def output_of(image: jax.Array) -> jax.Array:
        seen = image[None] if views is None else views.of(image)
        outputs: Any = model.apply(variables, dataset.normalize(seen), train=False)
        found = getattr(outputs, output).astype(jnp.float32)
        if output == "logits" and views is not None and views.mean == "probs":
            return jnp.log(jax.nn.softmax(found).mean(axis=0))
        return found.mean(axis=0)

    (batch,) = jax.export.symbolic_shape("b")
    images = jax.ShapeDtypeStruct((batch, *shape), np.uint8)
    # By vmap, because a model may need the length of its batch, which is symbolic here.
    program = jax.jit(jax.vmap(output_of))
    exported = jax.export.export(program, platforms=PLATFORMS)(images)
    path.write_bytes(exported.serialize())


def write_weights(trained: Trained, path: pathlib.Path) -> None:
    """Writes the variables by names like `params/head/kernel`.

    Args:
        trained: The network.
        path: The .safetensors file to write.
    """
    variables = jax.device_get(trained.network.variables)
    flat = flax.traverse_util.flatten_dict(variables, sep="/")
    path.write_bytes(save({name: np.asarray(x) for name, x in flat.items()}))
