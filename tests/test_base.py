"""Stateful losses and their sums."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax import losses, regularizers

BATCHES = np.random.default_rng(0).normal(size=(3, 6, 5)).astype(np.float32)
Z, LABELS = BATCHES[0], np.array([0, 3, 1, 4, 4, 2], np.int32)


class Count(NamedTuple):
    calls: jax.Array
    epochs: jax.Array


def counting():
    """Returns cross entropy times the number of calls so far."""
    return adrjax.StatefulLoss(
        init=lambda: Count(jnp.zeros(()), jnp.zeros(())),
        apply=lambda state, z, y: (
            state.calls * losses.cross_entropy(z, y),
            state._replace(calls=state.calls + 1),
        ),
        end_epoch=lambda state: Count(jnp.zeros(()), state.epochs + 1),
    )


def test_stateless_loss_has_an_empty_state():
    loss = adrjax.stateless(losses.cross_entropy)
    assert loss.init() == ()
    values, state = loss.apply((), Z, LABELS)
    np.testing.assert_array_equal(values, losses.cross_entropy(Z, LABELS))
    assert state == () and loss.end_epoch(()) == ()


def test_add_sums_values_and_keeps_states_apart():
    loss = adrjax.add(counting(), lambda z, y: 0.05 * regularizers.gsc(z), counting())
    state = loss.init()
    apply = jax.jit(loss.apply)
    for calls in range(3):
        values, state = apply(state, Z, LABELS)
        expected = 2 * calls * losses.cross_entropy(Z, LABELS)
        expected += 0.05 * regularizers.gsc(Z)
        np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert state[0].calls == state[2].calls == 3 and state[1] == ()
    state = loss.end_epoch(state)
    assert state[0] == Count(0, 1) and state[1] == ()


def test_sum_is_scanned_and_differentiated():
    loss = adrjax.add(counting(), losses.focal)
    labels = jnp.stack([LABELS] * 3)

    def step(state, batch):
        values, state = loss.apply(state, *batch)
        return state, values.mean()

    def total(z):
        return jax.lax.scan(step, loss.init(), (z, labels))[1].sum()

    assert np.isfinite(jax.jit(jax.grad(total))(BATCHES)).all()


def test_sums_nest():
    loss = adrjax.add(adrjax.add(counting(), counting()), losses.cross_entropy)
    values, state = loss.apply(loss.init(), Z, LABELS)
    assert state[0][1].calls == 1 and values.shape == (6,)


def test_add_of_nothing_raises():
    with pytest.raises(ValueError, match="at least one loss"):
        adrjax.add()
