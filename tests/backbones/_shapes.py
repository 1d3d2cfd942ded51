"""Shapes and parameter counts of a network, without computing anything."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np


def shapes_of(model, image):
    """Returns the variables of a network as `jax.ShapeDtypeStruct`."""
    init = functools.partial(model.init, train=False)
    images = jax.ShapeDtypeStruct((1, *image), jnp.float32)
    return jax.eval_shape(init, jax.random.key(0), images)


def count_parameters(backbone, image, num_classes):
    """Counts the parameters of a backbone and of a linear classifier after it."""
    images = jax.ShapeDtypeStruct((1, *image), jnp.float32)
    (features, variables) = jax.eval_shape(
        functools.partial(backbone.init_with_output, train=False),
        jax.random.key(0),
        images,
    )
    parameters = sum(x.size for x in jax.tree.leaves(variables["params"]))
    return parameters + (features.shape[-1] + 1) * num_classes


def draw_variables(model, image):
    """Draws parameters and statistics, much faster than `model.init` compiles."""
    rng = np.random.default_rng(0)

    def draw(x):
        if x.ndim == 1:  # also a variance
            return rng.uniform(0.1, 0.5, x.shape).astype(np.float32)
        fan_in = math.prod(x.shape[:-1])
        return rng.normal(0, fan_in**-0.5, x.shape).astype(np.float32)

    return jax.tree.map(draw, shapes_of(model, image))
