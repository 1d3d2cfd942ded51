"""Stateful losses and their combinators."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax import embeddings, losses, regularizers

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


OUTPUTS = adrjax.Outputs(features=BATCHES[1], logits=Z)


def test_weighted_and_selected_plain_losses_are_plain():
    expected = 0.25 * losses.focal(Z, LABELS)
    for pick in ("logits", lambda outputs: outputs.logits):
        loss = adrjax.weighted(adrjax.select(losses.focal, pick), 0.25)
        assert not isinstance(loss, adrjax.StatefulLoss)
        np.testing.assert_allclose(loss(OUTPUTS, LABELS), expected, rtol=1e-6)


def test_weighted_and_selected_stateful_losses_keep_state_and_end_epoch():
    plain = counting()
    loss = adrjax.select(adrjax.weighted(plain, 3), "logits")
    state = loss.init()
    assert state == plain.init()
    for calls in range(2):
        values, state = loss.apply(state, OUTPUTS, LABELS)
        expected = 3 * calls * losses.cross_entropy(Z, LABELS)
        np.testing.assert_allclose(values, expected, rtol=1e-6)
    assert loss.end_epoch(state) == Count(0, 1)


def test_weighted_loss_of_features_is_added_to_one_of_logits():
    """A weighted sum is scanned, and differentiated by outputs and weight."""
    center = embeddings.running_center(5, 5)
    outputs = adrjax.Outputs(BATCHES, BATCHES[::-1])

    @jax.jit
    @jax.grad
    def slope(weight):
        loss = adrjax.add(
            adrjax.select(losses.cross_entropy, "logits"),
            adrjax.weighted(adrjax.select(center, "features"), weight),
        )

        def step(state, outputs):
            values, state = loss.apply(state, outputs, LABELS)
            return state, values.sum()

        return jax.lax.scan(step, loss.init(), outputs)[1].sum()

    state, expected = center.init(), 0.0
    for features in BATCHES:
        values, state = center.apply(state, features, LABELS)
        expected += values.sum()
    np.testing.assert_allclose(slope(0.1), expected, rtol=1e-5)


def test_weighted_loss_of_a_split_batch_has_the_state_of_the_whole():
    def loss(axis_name):
        center = embeddings.running_center(5, 5, axis_name=axis_name)
        return adrjax.weighted(adrjax.select(center, "features"), 0.5)

    def step(axis_name, features, labels):
        def total(features):
            outputs = adrjax.Outputs(features, features)
            values, state = of.apply(of.init(), outputs, labels)
            return values.sum(), (values, state)

        of = loss(axis_name)
        return jax.grad(total, has_aux=True)(features)

    split = jax.pmap(lambda x, y: step("batch", x, y), axis_name="batch")
    slopes, (values, state) = split(Z.reshape(2, 3, 5), LABELS.reshape(2, 3))
    slope, (whole, whole_state) = step(None, Z, LABELS)
    np.testing.assert_allclose(slope, 0.5 * Z, rtol=1e-6)
    np.testing.assert_allclose(slopes.reshape(6, 5), slope, rtol=1e-6)
    np.testing.assert_allclose(values.ravel(), whole, rtol=1e-6)
    for centers in state.centers:
        np.testing.assert_allclose(centers, whole_state.centers, rtol=1e-5)


@pytest.mark.parametrize("weight", [-1, np.inf, np.nan])
def test_weight_that_is_negative_or_not_finite_raises(weight):
    with pytest.raises(ValueError, match=r"weight must be .*, got"):
        adrjax.weighted(losses.cross_entropy, weight)


@pytest.mark.parametrize(
    "combine",
    [
        lambda x: adrjax.add(losses.cross_entropy, x),
        lambda x: adrjax.weighted(x, 2.0),
        lambda x: adrjax.select(x, "logits"),
        adrjax.stateless,
    ],
    ids=["add", "weighted", "select", "stateless"],
)
def test_what_is_not_a_loss_is_refused(combine):
    with pytest.raises(
        TypeError, match=r"must be given losses, .* got float 0\.5; of a"
    ):
        combine(0.5)


def test_select_lists_the_fields():
    loss = adrjax.select(losses.cross_entropy, "logit")
    outputs = adrjax.Outputs(features=[[0.3]], logits=[[2.0, 1.0]])
    with pytest.raises(
        AttributeError, match="got 'logit'; the fields of Outputs are features, logits"
    ):
        loss(outputs, [0])
