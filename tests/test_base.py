"""Losses with a state, and their sums."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax import losses, regularizers
from tests import battery
from tests.battery import LABELS


class Count(NamedTuple):
    calls: jax.Array
    epochs: jax.Array


def counting():
    """Cross entropy times the number of calls so far."""
    return adrjax.StatefulLoss(
        init=lambda: Count(jnp.zeros(()), jnp.zeros(())),
        apply=lambda state, z, y: (
            state.calls * losses.cross_entropy(z, y),
            state._replace(calls=state.calls + 1),
        ),
        end_epoch=lambda state: Count(jnp.zeros(()), state.epochs + 1),
    )


def test_a_plain_loss_has_an_empty_state():
    loss = adrjax.stateless(losses.cross_entropy)
    assert loss.init() == ()
    values, state = loss.apply((), battery.logits(), LABELS)
    np.testing.assert_array_equal(
        values, losses.cross_entropy(battery.logits(), LABELS)
    )
    assert state == () and loss.end_epoch(()) == ()


def test_a_sum_adds_values_and_keeps_states_apart():
    z = battery.logits()
    loss = adrjax.add(counting(), lambda z, y: 0.05 * regularizers.gsc(z), counting())
    state = loss.init()
    for calls in range(3):
        values, state = jax.jit(loss.apply)(state, z, LABELS)
        expected = 2 * calls * losses.cross_entropy(z, LABELS)
        expected += 0.05 * regularizers.gsc(z)
        np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert state[0].calls == state[2].calls == 3 and state[1] == ()
    state = loss.end_epoch(state)
    assert state[0] == Count(0, 1) and state[1] == ()


def test_a_sum_is_scanned_and_differentiated():
    loss = adrjax.add(counting(), losses.focal)
    z = jnp.stack([battery.logits(seed) for seed in range(3)])
    labels = jnp.stack([LABELS] * 3)

    def step(state, batch):
        values, state = loss.apply(state, *batch)
        return state, values.mean()

    def total(z):
        return jax.lax.scan(step, loss.init(), (z, labels))[1].sum()

    assert np.isfinite(jax.jit(jax.grad(total))(z)).all()


def test_sums_nest():
    loss = adrjax.add(adrjax.add(counting(), counting()), losses.cross_entropy)
    values, state = loss.apply(loss.init(), battery.logits(), LABELS)
    assert state[0][1].calls == 1 and values.shape == (6,)


def test_nothing_to_add_is_refused():
    with pytest.raises(ValueError, match="at least one loss"):
        adrjax.add()
