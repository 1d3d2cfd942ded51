"""Accumulation and clipping of gradients by optax, around these optimizers."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax.optimizers import reduce_on_plateau, sgd, step_decay
from tests.optimizers.problem import INPUTS, rates, train


def test_four_accumulated_batches_are_one_large_batch():
    optimizer = sgd(step_decay(0.1, at=[1]), momentum=0.9, weight_decay=1e-2)
    small = optax.MultiSteps(optimizer, 4)
    batches = np.tile(INPUTS.reshape(4, 3, 4), (3, 1, 1))
    many = train(small.gradient_transformation(), 12, batches=batches)
    one = train(optimizer, 3)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a[3::4], b, rtol=1e-6), many, one
    )


def test_reduce_on_plateau_goes_around_the_accumulation():
    small = optax.MultiSteps(sgd(1.0), 2).gradient_transformation()
    optimizer = optax.chain(
        small, reduce_on_plateau(steps_per_epoch=4, factor=0.5, patience=0)
    )
    metric = np.repeat([0.0, 0.6, 0.5], 4)
    updates = rates(optimizer, 12, metric=metric)
    np.testing.assert_allclose(updates, [0, 1, 0, 1, 0, 1, 0, 1, 0, 0.5, 0, 0.5])


@pytest.mark.parametrize("norm, factor", [(10.0, 1.0), (2.5, 0.5)])
def test_clipping_is_by_the_norm_of_all_gradients(norm, factor):
    gradients = {"a": jnp.array([3.0, 0.0]), "b": jnp.array(4.0)}  # of norm 5
    optimizer = optax.clip_by_global_norm(norm)
    clipped, _ = optimizer.update(gradients, optimizer.init(gradients))
    np.testing.assert_allclose(clipped["a"], [3 * factor, 0.0])
    np.testing.assert_allclose(clipped["b"], 4 * factor)
