"""Eight devices compute what one computes of the whole batch."""

import functools
import inspect

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
import numpy as np
import pytest

import adrjax
from tests.catalogue import CASES
from tests.inputs import CLASSES, DIM, normal

DEVICES, EXAMPLES = 8, 3  # of each device
X = normal(0, DEVICES, EXAMPLES, DIM).astype("float32")
LABELS = np.random.default_rng(1).integers(0, CLASSES, (DEVICES, EXAMPLES))
PARAMETERS = {
    "weights": normal(2, DIM, DIM).astype("float32"),
    "rows": normal(3, CLASSES, DIM).astype("float32"),
}

COUPLED = [
    case
    for case in CASES
    if "axis_name" in inspect.signature(case.public).parameters
    and (case.stateful or "coupled" in case.traits)
    and "second epoch" not in case.name
]


def loss_of(case, rows, axis):
    """Returns the loss with the rows bound, as a `StatefulLoss`."""
    keywords = case.typical | {"axis_name": axis}
    if case.stateful:
        return case.stateful(rows, **keywords)
    return adrjax.stateless(lambda x, y: case.ours(x, y, rows, **keywords))


def step(case, axis, parameters, state, x, y):
    """Returns the mean loss, its gradient and the next state, as a trainer does."""

    def mean(parameters):
        loss = loss_of(case, parameters["rows"], axis)
        values, following = loss.apply(state, x @ parameters["weights"], y)
        return jnp.mean(values), following

    (value, following), slopes = jax.value_and_grad(mean, has_aux=True)(parameters)
    return value, slopes, following


def split_step(case, parameters, state, x, y):
    # Without it, shard_map that checks replication would sum the gradients by itself.
    parameters = jax.lax.pcast(parameters, "batch", to="varying")
    value, slopes, following = step(case, "batch", parameters, state, x, y)
    return *jax.lax.pmean((value, slopes), "batch"), following


def by_pmap(f):
    return jax.pmap(f, "batch", in_axes=(None, None, 0, 0), out_axes=None)


def by_shard_map(f, **options):
    mesh = jax.make_mesh(
        (DEVICES,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,)
    )
    whole, split = PartitionSpec(), PartitionSpec("batch")
    specs = {"in_specs": (whole, whole, split, split), "out_specs": whole}

    def flat(parameters, state, x, y):
        return f(parameters, state, x[0], y[0])

    return jax.jit(jax.shard_map(flat, mesh=mesh, **specs, **options))


WRAPPERS = {
    "pmap": by_pmap,
    "shard_map": functools.partial(by_shard_map, check_vma=False),
    "shard_map that checks replication": by_shard_map,
}


@functools.cache
def on_one_device(case):
    """Returns the state after an epoch, and the step from it."""
    x, y = X.reshape(-1, DIM), LABELS.ravel()

    @jax.jit
    def both(parameters):
        loss = loss_of(case, parameters["rows"], None)
        _, state = loss.apply(loss.init(), 2 * x, y)
        state = loss.end_epoch(state)
        return state, step(case, None, parameters, state, x, y)

    return jax.device_get(both(PARAMETERS))


@pytest.mark.parametrize(
    "wrapper",
    [
        pytest.param(name, marks=pytest.mark.long if name != "pmap" else ())
        for name in WRAPPERS
    ],
)
@pytest.mark.parametrize("case", COUPLED, ids=str)
def test_devices_do_not_matter(case, wrapper):
    split = WRAPPERS[wrapper](functools.partial(split_step, case))
    state, (whole_value, whole_slopes, whole_following) = on_one_device(case)
    value, slopes, following = split(PARAMETERS, state, X, LABELS)

    np.testing.assert_allclose(value, whole_value, rtol=1e-5)
    for key, slope in slopes.items():
        scale = max(np.abs(whole_slopes[key]).max(), 1e-6)
        np.testing.assert_allclose(slope, whole_slopes[key], atol=1e-5 * scale, rtol=0)
    for one, whole in zip(following, whole_following, strict=True):
        assert one.dtype == whole.dtype
        np.testing.assert_allclose(one, whole, rtol=1e-5, atol=1e-6)


def test_every_function_with_a_device_axis_is_here():
    names = {case.function for case in COUPLED}
    for case in CASES:
        if "axis_name" in inspect.signature(case.public).parameters:
            assert case.function in names
