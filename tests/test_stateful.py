"""What holds for every loss with a state."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax import embeddings, losses, regularizers
from tests import inputs
from tests.catalogue import CASES
from tests.inputs import CENTERS, IS_KNOWN, LABELS, UNKNOWN

X = np.stack([2 * inputs.logits(seed) for seed in range(3)])
C = CENTERS.astype("float32")


def of_case(case):
    return lambda: case.stateful(C, **case.typical)


# name -> a maker of the loss
LOSSES = {
    case.name: of_case(case)
    for case in CASES
    if case.stateful and "second epoch" not in case.name
} | {
    "scheduled": lambda: adrjax.scheduled(
        lambda alpha: losses.online_label_smoothing(len(C), alpha=alpha),
        lambda count: 1 / (2 + count),
    ),
    "scheduled by epoch": lambda: adrjax.scheduled(
        lambda gamma: lambda z, y: losses.focal(z, y, gamma=gamma),
        lambda count: jnp.asarray(count, "float32"),
        per="epoch",
    ),
    "add": lambda: adrjax.add(
        losses.online_label_smoothing(len(C)),
        lambda z, y: 0.05 * regularizers.adr(z),
        embeddings.nac(C),
    ),
    "weighted and selected": lambda: adrjax.weighted(
        adrjax.select(losses.online_label_smoothing(len(C)), lambda x: 0.5 * x), 2.0
    ),
}
every = pytest.mark.parametrize("name", LOSSES)


@functools.cache
def found(name):
    """Returns what one program finds out about a loss, by name."""
    loss = LOSSES[name]()

    def epoch(state, _):
        def step(state, x):
            values, state = loss.apply(state, x, jnp.asarray(LABELS))
            return state, values

        state, values = jax.lax.scan(step, state, X)
        return loss.end_epoch(state), values

    def later(x):
        """The sum of all that depends on x through the state alone."""
        _, state = loss.apply(loss.init(), x, LABELS)
        values, _ = loss.apply(loss.end_epoch(state), X[1], LABELS)
        return sum(jnp.sum(v.astype(float)) for v in [values, *jax.tree.leaves(state)])

    def program(state, unknown):
        after, values = jax.lax.scan(epoch, state, None, length=2)
        ended = loss.end_epoch(loss.end_epoch(after))
        known = np.flatnonzero(IS_KNOWN)
        return {
            "after": after,
            "values": values,
            "ended": ended,
            "values after the end": loss.apply(ended, X[0], LABELS)[0],
            "with unknown": loss.apply(state, X[0], unknown)[1],
            "known alone": loss.apply(state, X[0][known], unknown[known])[1],
            "slope": jax.grad(later)(X[0]),
        }

    return jax.device_get(jax.jit(program)(loss.init(), UNKNOWN))


@every
def test_no_gradient_flows_into_the_state(name):
    np.testing.assert_array_equal(found(name)["slope"], 0)


@every
def test_the_state_keeps_its_tree_and_dtypes_under_scan(name):
    state = LOSSES[name]().init()
    for following in (found(name)["after"], found(name)["ended"]):
        assert jax.tree.structure(following) == jax.tree.structure(state)
        for one, other in zip(*map(jax.tree.leaves, (state, following)), strict=True):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            assert not one.weak_type


@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
@every
def test_the_state_keeps_its_dtypes_whatever_the_inputs(name, dtype):
    loss = LOSSES[name]()
    state = loss.init()
    with jax.enable_x64(dtype == "float64"):
        x = jax.ShapeDtypeStruct(X[0].shape, dtype)
        values, following = jax.eval_shape(loss.apply, state, x, LABELS)
        following = jax.eval_shape(loss.end_epoch, following)
    assert values.dtype == ("float64" if dtype == "float64" else "float32")
    for one, other in zip(*map(jax.tree.leaves, (state, following)), strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)


@every
def test_values_of_two_epochs_are_finite_and_follow_the_state(name):
    values = found(name)["values"]
    assert values.shape[:2] == (2, 3) and np.isfinite(values).all()
    if name not in {"embeddings.pod, code"}:
        assert np.abs(values[1] - values[0]).max() > 1e-4


@every
def test_two_ends_of_an_epoch_are_finite(name):
    leaves = jax.tree.leaves(found(name)["ended"])
    assert all(np.isfinite(leaf).all() for leaf in leaves)
    assert np.isfinite(found(name)["values after the end"]).all()


@every
def test_unknown_labels_leave_the_state_alone(name):
    some, known = found(name)["with unknown"], found(name)["known alone"]
    for one, other in zip(*map(jax.tree.leaves, (some, known)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@every
def test_the_state_may_be_donated(name):
    loss = LOSSES[name]()
    step = jax.jit(lambda s, x: loss.apply(s, x, LABELS), donate_argnums=0)
    state = loss.init()
    for x in X[:2]:
        values, state = step(state, x)
        state = loss.end_epoch(state)
    assert np.isfinite(values).all()


@every
def test_the_state_is_restored_from_its_leaves(name):
    after = found(name)["after"]
    leaves, tree = jax.tree.flatten(after)
    restored = jax.tree.unflatten(
        tree, [np.array(leaf.tolist(), leaf.dtype) for leaf in leaves]
    )
    assert type(restored) is type(after)
    loss = LOSSES[name]()
    apply = jax.jit(lambda state: jax.tree.leaves(loss.apply(state, X[0], LABELS)))
    for one, other in zip(
        *map(jax.tree.leaves, map(apply, (restored, after))), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.long
@every
def test_the_state_is_restored_from_orbax(name, tmp_path):
    checkpoint = pytest.importorskip("orbax.checkpoint")
    state = jax.tree.map(jnp.asarray, found(name)["after"])
    with checkpoint.StandardCheckpointer() as checkpointer:
        checkpointer.save(tmp_path / "state", state)
        checkpointer.wait_until_finished()
        restored = checkpointer.restore(tmp_path / "state", state)
    assert jax.tree.structure(restored) == jax.tree.structure(state)
    for one, other in zip(*map(jax.tree.leaves, (restored, state)), strict=True):
        np.testing.assert_array_equal(one, other)
