"""Values computed at 50 digits, and how to hold a function against them."""

import functools
import gzip
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

FOLDER = pathlib.Path(__file__).parent / "golden"
DTYPES = ("float32", "float64")
VALUE, GRADIENT = 0, 1


def load(name):
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def error(actual, expected):
    """The max-norm error over the max norm, floored at 1e-6."""
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


def cases(name, dtype):
    """Returns pairs of a case and its inputs by name, floats in `dtype`."""
    for case in load(name):
        arrays = {k: np.asarray(v) for k, v in case["inputs"].items()}
        yield (
            case,
            {k: a.astype(dtype) if a.dtype == float else a for k, a in arrays.items()},
        )


def results(name, dtype, function, traced=None):
    """Yields each case and what a function makes of it, all compiled as one program.

    Args:
        name: That of the file.
        dtype: "float32" or "float64".
        function: Maps a case's inputs, in their order, and params to arrays.
        traced: The inputs that are not known while tracing; None: all.
    """
    found = list(cases(name, dtype))

    def every(moving):  # one program compiles in half the time of one a case
        return [
            function(*(arrays | some).values(), **case["params"])
            for (case, arrays), some in zip(found, moving, strict=True)
        ]

    moving = [
        {k: v for k, v in arrays.items() if traced is None or k in traced}
        for _, arrays in found
    ]
    with jax.enable_x64(dtype == "float64"):
        outputs = jax.jit(every)(moving)
    yield from zip([case for case, _ in found], outputs, strict=True)


def check(name, function, dtype, *, is_difference=False):
    """Checks value and gradient of every case.

    Args:
        name: That of the file.
        function: Maps a case's inputs, in their order, and params to the loss of each
            example, or to a loss of the batch.
        dtype: "float32" or "float64".
        is_difference: Whether its value is a log-sum-exp less a logit, which allows one
            rounding of the largest logit in float32.
    """
    first = load(name)[0]
    moving = [list(first["inputs"]).index(k) for k in first["grads"]]

    def value_and_gradients(*inputs, **params):
        def mean(*inputs):
            values = function(*inputs, **params)
            return jnp.mean(values), values

        return jax.value_and_grad(mean, moving, has_aux=True)(*inputs)

    for case, ((value, values), gradients) in results(
        name, dtype, value_and_gradients, traced=first["grads"]
    ):
        rounding = 2.0**-22 * is_difference
        largest = max(1, np.abs(next(iter(case["inputs"].values()))).max())
        close = functools.partial(assert_close, dtype=dtype, case=case)
        close(value, case["value"], rounding=rounding * largest)
        if "per" in case:
            close(values, case["per"], rounding=rounding * largest)
        for actual, expected in zip(gradients, case["grads"].values(), strict=True):
            assert actual.dtype == dtype
            close(actual, expected, part=GRADIENT, rounding=rounding)
