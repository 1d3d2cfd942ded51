"""Properties of every metric, over the table of their calls."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import metrics
from tests.metrics.table import CASES

COMPILED = [name for name in CASES if not CASES[name].on_host]
HOLDS_INFINITY = {"roc_curve"}  # its first threshold


def variants(name):
    """Returns the keywords of the default call and of each moved keyword."""
    case = CASES[name]
    moved = [{**case.required, key: value} for key, value in case.moved.items()]
    return [dict(case.required), *moved]


def results(name, *arrays):
    """Returns the result of every variant, given the array arguments."""
    functions = [x for x in CASES[name].arguments if callable(x)]
    metric = functools.partial(getattr(metrics, name), *functions)
    return [metric(*arrays, **keywords) for keywords in variants(name)]


def arrays_of(name):
    return [x for x in CASES[name].arguments if not callable(x)]


@functools.cache
def compiled(name):
    return jax.jit(functools.partial(results, name))(*arrays_of(name))


def are_close(actual, expected):
    for a, b in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_every_metric_is_in_the_table():
    public = {name for name, x in vars(metrics).items() if inspect.isfunction(x)}
    assert {name for name in public if not name.startswith("_")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_every_keyword_is_moved_off_its_default(name):
    parameters = inspect.signature(getattr(metrics, name)).parameters.values()
    keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    defaults = {p.name: p.default for p in keywords if p.default is not p.empty}
    assert {p.name for p in keywords} - set(defaults) == set(CASES[name].required)
    assert set(defaults) == set(CASES[name].moved)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].moved])
def test_every_keyword_changes_the_result(name):
    first, *others = map(jax.tree.leaves, compiled(name))
    for key, other in zip(CASES[name].moved, others, strict=True):
        assert not all(map(np.array_equal, first, other)), key


@pytest.mark.long
@pytest.mark.parametrize("name", COMPILED)
def test_without_jit_the_same_and_no_nan_or_infinity_on_the_way(name):
    infinities = jax.debug_infs(name not in HOLDS_INFINITY)
    with jax.debug_nans(True), infinities:
        eager = results(name, *arrays_of(name))
    are_close(eager, compiled(name))


@pytest.mark.parametrize("name", COMPILED)
def test_no_rank_or_dtype_is_promoted_implicitly(name):
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        jax.eval_shape(functools.partial(results, name), *arrays_of(name))


@pytest.mark.parametrize("name", COMPILED)
def test_half_precision_is_computed_in_float32(name):
    def half(x):
        is_float = np.issubdtype(np.asarray(x).dtype, np.floating)
        return jnp.asarray(x, jnp.bfloat16) if is_float else x

    arrays = [half(x) if isinstance(x, np.ndarray) else x for x in arrays_of(name)]
    shapes = jax.eval_shape(functools.partial(results, name), *arrays)
    floats = [x for x in jax.tree.leaves(shapes) if x.dtype.kind not in "bi"]
    assert all(x.dtype == jnp.float32 for x in floats)


@pytest.mark.parametrize("name", [x for x in COMPILED if x != "matched_ious"])
def test_numpy_numbers_do_not_decide_the_dtype(name):
    def as_numpy(x):
        if isinstance(x, bool | str):
            return x
        return {int: np.int64, float: np.float64}.get(type(x), lambda x: x)(x)

    with jax.enable_x64(True):
        for keywords in variants(name):
            keywords = {key: as_numpy(value) for key, value in keywords.items()}
            functions = [x for x in CASES[name].arguments if callable(x)]
            metric = functools.partial(getattr(metrics, name), *functions, **keywords)
            shapes = jax.tree.leaves(jax.eval_shape(metric, *arrays_of(name)))
            assert all(x.dtype != jnp.float64 for x in shapes), keywords


@pytest.mark.parametrize("name", COMPILED)
def test_lists_are_arrays(name):
    lists = [x.tolist() if isinstance(x, np.ndarray) else x for x in arrays_of(name)]
    actual = jax.eval_shape(lambda: results(name, *lists))
    assert actual == jax.eval_shape(functools.partial(results, name), *arrays_of(name))
