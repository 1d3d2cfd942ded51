"""How many parameters a model has, without making them."""

import functools

import jax
import jax.numpy as jnp

from adrjax.heads import Classifier, Linear


def count_parameters(backbone, image, num_classes):
    """Counts those of the backbone with a linear classifier."""
    model = Classifier(backbone=backbone, head=Linear(num_classes))
    init = functools.partial(model.init, train=False)
    variables = jax.eval_shape(init, jax.random.key(0), jnp.zeros((1, *image)))
    return sum(x.size for x in jax.tree.leaves(variables["params"]))
