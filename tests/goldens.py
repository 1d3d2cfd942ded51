"""Values computed at 50 digits, and how a function is held against them."""

import collections
import functools
import gzip
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parent / "golden"
DTYPES = ("float32", "float64")
VALUE, GRADIENT = 0, 1
dtypes = pytest.mark.parametrize(
    "dtype", ["float64", pytest.param("float32", marks=pytest.mark.long)]
)
OF_CLASSES = {"T", "Tinv", "S", "W", "M", "P"}  # inputs without an axis of examples


def in_tiers(names, slow):
    """Returns the names as parameters, the slow ones of the long tier alone.

    test_derivatives.py holds all of them against their formulas in both tiers.
    """
    return [
        pytest.param(name, marks=pytest.mark.long if name in slow else ())
        for name in names
    ]


@functools.cache
def load(name):
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def error(actual, expected):
    """Returns the max-norm error over the max norm, floored at 1e-6."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    return np.abs(actual - expected).max() / max(np.abs(expected).max(), 1e-6)


def assert_close(actual, expected, dtype, case, part=VALUE, rounding=0.0):
    """Checks one array at the tolerance of the case's value or of its gradient."""
    tolerance = 1e-9
    if dtype == "float32":
        own = case["err"]["float32"][part] if "err" in case else 0
        tolerance = max(1e-5, 20 * own)
        tolerance += rounding / max(np.abs(np.asarray(expected)).max(), 1e-6)
    assert error(actual, expected) <= tolerance, case["id"]


def results(cases, dtype, function, *, coupled=False):
    """Returns pairs of a case and the outputs of a function, one per unit.

    A unit is a case, if its examples are coupled, or one example. Units of the same
    shapes and options are mapped. All of them are one program.

    Args:
        cases: The name of the file, or some cases.
        dtype: "float32" or "float64".
        function: Maps the inputs of a unit, in their order, and params to a pytree.
        coupled: Whether the examples are coupled, or a function of params.
    """
    cases = load(cases) if isinstance(cases, str) else cases
    groups, outputs = collections.defaultdict(list), [[] for _ in cases]
    for case, output in zip(cases, outputs, strict=True):
        numbers = {k: v for k, v in case["params"].items() if type(v) is float}
        options = {k: v for k, v in case["params"].items() if k not in numbers}
        numbers = {k: np.asarray(v, dtype) for k, v in numbers.items()}
        for unit in units(case, dtype, is_coupled(coupled, case)):
            shapes = tuple((array.shape, array.dtype.str) for array in unit)
            key = json.dumps(options), tuple(numbers), shapes
            groups[key].append((output, (unit, numbers)))
    units_of = [
        jax.tree.map(lambda *x: np.stack(x), *[unit for _, unit in group])
        for group in groups.values()
    ]

    def every(*units_of):
        found = []
        for (options, *_), units in zip(groups, units_of, strict=True):
            f = functools.partial(function, **json.loads(options))
            found.append(jax.vmap(lambda unit, k, f=f: f(*unit, **k))(*units))
        return found

    with jax.enable_x64(dtype == "float64"):
        found = jax.device_get(jax.jit(every)(*units_of))
    for group, of_units in zip(groups.values(), found, strict=True):
        for i, (output, _) in enumerate(group):
            output.append(jax.tree.map(lambda x, i=i: x[i], of_units))
    return list(zip(cases, outputs, strict=True))


def cases(name, dtype):
    """Yields pairs of a case and its inputs by name, floats in `dtype`."""
    for case in load(name):
        yield case, dict(zip(case["inputs"], units(case, dtype, True)[0], strict=True))


def is_coupled(coupled, case):
    return coupled(**case["params"]) if callable(coupled) else coupled


def units(case, dtype, coupled):
    """Returns the inputs of each unit, floats in `dtype`."""
    arrays = {k: np.asarray(v) for k, v in case["inputs"].items()}
    arrays = {k: a.astype(dtype) if a.dtype == float else a for k, a in arrays.items()}
    if coupled:
        return [tuple(arrays.values())]
    count = len(next(a for k, a in arrays.items() if k not in OF_CLASSES))
    return [
        tuple(a if k in OF_CLASSES else a[i] for k, a in arrays.items())
        for i in range(count)
    ]


def check(
    name,
    function,
    dtype,
    *,
    coupled=False,
    is_difference=False,
    has_extra=False,
    classes=None,
):
    """Checks value and gradient of every case.

    Args:
        name: The name of the file.
        function: Maps the inputs of an example, in their order, and params to its loss;
            if the examples are coupled, those of a batch to one or all of its losses.
        dtype: "float32" or "float64".
        coupled: Whether the examples are coupled, or a function of params.
        is_difference: Whether its value is a log-sum-exp less a logit, which allows one
            rounding of the largest logit in float32.
        has_extra: Whether it also returns a dict of what the file has as `extra`.
        classes: Check the cases with these numbers of classes only; None checks all.
    """
    chosen = [
        case
        for case in load(name)
        if classes is None
        or np.shape(next(iter(case["inputs"].values())))[-1] in classes
    ]
    first = chosen[0]
    moving = [list(first["inputs"]).index(k) for k in first["grads"]]

    def of_unit(*inputs, **params):
        def mean(*inputs):
            values = function(*inputs, **params)
            values, extra = values if has_extra else (values, {})
            return jnp.mean(values), (values, extra)

        return jax.value_and_grad(mean, moving, has_aux=True)(*inputs)

    for case, outputs in results(chosen, dtype, of_unit, coupled=coupled):
        close = functools.partial(assert_close, dtype=dtype, case=case)
        rounding = 2.0**-22 * is_difference
        largest = max(1, np.abs(next(iter(case["inputs"].values()))).max())
        whole = is_coupled(coupled, case)
        (_, (values, extra)), slopes = join(outputs, whole)
        close(np.mean(values), case["value"], rounding=rounding * largest)
        if "per" in case:
            close(values, case["per"], rounding=rounding * largest)
        for (key, expected), slope in zip(case["grads"].items(), slopes, strict=True):
            assert slope.dtype == dtype
            if not whole:  # of the mean
                slope = slope.sum(axis=0) if key in OF_CLASSES else slope
                slope = slope / len(outputs)
            close(slope, expected, part=GRADIENT, rounding=rounding)
        for key, value in extra.items():
            close(value, case["extra"][key], rounding=2.0**-22)


def join(outputs, whole):
    """Returns the outputs of a case's units as one, with an axis of examples."""
    return outputs[0] if whole else jax.tree.map(lambda *x: np.stack(x), *outputs)
