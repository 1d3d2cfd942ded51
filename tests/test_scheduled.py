"""Losses whose parameters follow a schedule."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import adrjax
from adrjax import losses, margins, regularizers
from adrjax.optimizers import inverse_time_decay

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def weighted(gamma):
    return lambda z, y: gamma * regularizers.adr(z)


RAMP = optax.linear_schedule(0.0, 0.05, 4)


def values_of(loss, calls, *args):
    """Returns the values of several calls, and the last state."""
    apply, state, values = jax.jit(loss.apply), loss.init(), []
    for _ in range(calls):
        value, state = apply(state, *args)
        values.append(value)
    return np.stack(values), state


def test_weight_rises_with_every_step():
    loss = adrjax.add(losses.cross_entropy, adrjax.scheduled(weighted, RAMP))
    values, state = values_of(loss, 6, Z, LABELS)
    gammas = np.array([0.0, 0.0125, 0.025, 0.0375, 0.05, 0.05])[:, None]
    adr = values[4:5] - values[0]
    expected = values[0] + gammas / 0.05 * adr
    np.testing.assert_allclose(values[0], losses.cross_entropy(Z, LABELS), rtol=1e-5)
    np.testing.assert_allclose(adr[0], 0.05 * regularizers.adr(Z), rtol=1e-4)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert state[1].elapsed == 6 and loss.end_epoch(state)[1].elapsed == 6


def test_tau_changes_with_every_epoch():
    taus = (2, 5)

    def of_index(index):
        branches = [functools.partial(regularizers.adr, tau=tau) for tau in taus]
        return lambda z, y: jax.lax.switch(index, branches, z)

    loss = adrjax.scheduled(of_index, lambda epoch: epoch, per="epoch")
    apply, state = jax.jit(loss.apply), loss.init()
    for tau in taus:
        expected = regularizers.adr(Z, tau=tau)
        for _ in range(2):
            values, state = apply(state, Z, LABELS)
            np.testing.assert_allclose(values, expected, rtol=1e-5)
        state = loss.end_epoch(state)
    assert state.elapsed == 2 and apply._cache_size() == 1


def test_lambda_of_large_margins_anneals_as_in_the_authors_code():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 4)).astype(np.float32)
    w = rng.normal(size=(5, 4)).astype(np.float32)

    def margin_of(lam):
        def loss(outputs, labels):
            logits = margins.large_margin(*outputs, labels, lam=lam)
            return losses.cross_entropy(logits, labels)

        return loss

    lam = inverse_time_decay(1000.0, gamma=0.5, power=2)
    loss = adrjax.scheduled(margin_of, lambda step: jnp.maximum(5.0, lam(step)))
    values, _ = values_of(loss, 40, (x, w), LABELS)
    plain = jax.jit(lambda lam: margin_of(lam)((x, w), LABELS))
    for step in (0, 1, 10, 39):
        expected = plain(max(5.0, 1000 * (1 + 0.5 * step) ** -2))
        np.testing.assert_allclose(values[step], expected, rtol=1e-5)


def test_stateful_loss_keeps_its_state():
    plain = losses.online_label_smoothing(5, alpha=0.3)
    loss = adrjax.scheduled(
        lambda alpha: losses.online_label_smoothing(5, alpha=alpha), lambda step: 0.3
    )
    state, plain_state = loss.init(), plain.init()
    for _ in range(2):
        values, state = loss.apply(state, Z, LABELS)
        expected, plain_state = plain.apply(plain_state, Z, LABELS)
        np.testing.assert_allclose(values, expected, rtol=1e-6)
        state, plain_state = loss.end_epoch(state), plain.end_epoch(plain_state)


def test_count_is_equal_on_all_devices():
    loss = adrjax.scheduled(lambda gamma: lambda x, y: gamma * x * y, RAMP)

    def step(state, x, y):
        values, state = loss.apply(state, x, y)
        return jax.lax.pmean(values.mean(), "batch"), state

    mapped = jax.pmap(step, "batch", in_axes=(None, 0, 0), out_axes=None)
    state, x = loss.init(), np.arange(16.0, dtype=np.float32).reshape(8, 2)
    for gamma in (0.0, 0.0125, 0.025):
        value, state = mapped(state, x, x)
        np.testing.assert_allclose(value, gamma * np.mean(x**2), rtol=1e-6)
    assert state.elapsed == 3 and state.elapsed.dtype == jnp.int32


def test_unknown_unit_raises():
    with pytest.raises(ValueError, match="per must be one of 'step', 'epoch', got 'ba"):
        adrjax.scheduled(weighted, RAMP, per="batch")
