"""The recipe for Flax NNX in the docstring of `adrjax.backbones`."""

import re
import textwrap
import types

from flax import nnx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax import backbones, heads, losses

IMAGES = jax.random.normal(jax.random.key(0), (4, 8, 8, 3))
LABELS = np.array([3, 1, 4, 1])


@pytest.mark.long
def test_recipe_trains_as_flax_linen():
    code = re.search(r"stream of its own:\n\n((?:    .*\n|\n)+)", backbones.__doc__)[1]
    small = backbones.CifarResNet(depth=8)
    names = {
        "backbones": types.SimpleNamespace(ResNet18=lambda: small),
        "heads": heads,
        "losses": losses,
        "optax": optax,
        "nnx": nnx,
        "images": IMAGES,
        "labels": LABELS,
    }
    setup, run = textwrap.dedent(code).split("value = step(")
    exec(setup, names)
    model = heads.Classifier(backbone=small, head=heads.Linear(10))
    params, stats = (
        jax.tree.map(jnp.array, nnx.to_pure_dict(nnx.state(names["model"], kind)))
        for kind in (nnx.Param, nnx.BatchStat)
    )
    exec("value = step(" + run, names)

    @jax.jit
    def step(params, stats):
        def loss(params):
            outputs, updates = model.apply(
                {"params": params, "batch_stats": stats},
                IMAGES,
                train=True,
                mutable=["batch_stats"],
            )
            values = losses.cross_entropy(outputs.logits, LABELS)
            return values.mean(), updates["batch_stats"]

        (value, stats_), gradient = jax.value_and_grad(loss, has_aux=True)(params)
        params = jax.tree.map(lambda p, g: p - 0.1 * g, params, gradient)
        variables = {"params": params, "batch_stats": stats_}
        return value, variables, model.apply(variables, IMAGES, train=False).logits

    value, variables, logits = step(params, stats)
    for actual, expected in (
        (names["value"], value),
        (nnx.to_pure_dict(nnx.state(names["model"], nnx.Param)), variables["params"]),
        (
            nnx.to_pure_dict(nnx.state(names["model"], nnx.BatchStat)),
            variables["batch_stats"],
        ),
        (names["logits"], logits),
    ):
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5),
            actual,
            expected,
        )
