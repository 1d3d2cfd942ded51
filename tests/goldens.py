"""Values computed at 50 digits, and how to hold a function against them."""

import gzip
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

FOLDER = pathlib.Path(__file__).parent / "golden"
DTYPES = ("float32", "float64")


def load(name):
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def _typed(value, dtype):
    array = np.asarray(value)
    return array.astype(dtype) if array.dtype.kind == "f" else array


def error(actual, expected):
    """The max-norm error over the max norm, floored at 1e-6."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    return np.abs(actual - expected).max() / max(np.abs(expected).max(), 1e-6)


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
    cases = load(name)
    inputs = [
        {k: _typed(v, dtype) for k, v in case["inputs"].items()} for case in cases
    ]

    def one(case, arrays, moving):
        def mean(moving):
            values = function(*(arrays | moving).values(), **case["params"])
            return jnp.mean(values), values

        return jax.value_and_grad(mean, has_aux=True)(moving)

    def every(moving):  # one program compiles in half the time of one a case
        return [one(*each) for each in zip(cases, inputs, moving, strict=True)]

    moving = [
        {k: v for k, v in arrays.items() if k in case["grads"]}
        for case, arrays in zip(cases, inputs, strict=True)
    ]
    with jax.enable_x64(dtype == "float64"):
        results = jax.jit(every)(moving)

    for case, arrays, result in zip(cases, inputs, results, strict=True):
        (value, values), gradients = result
        tolerance, rounding = np.array([1e-9, 1e-9]), np.zeros(2)
        if dtype == "float32":
            tolerance = np.maximum(1e-5, 20 * np.array(case["err"]["float32"]))
            if is_difference:
                largest = np.abs(next(iter(arrays.values()))).max()
                rounding = 2.0**-22 * np.array([max(1, largest), 1])

        def close(actual, expected, part, case=case, t=tolerance, r=rounding):
            floor = max(np.abs(np.asarray(expected)).max(), 1e-6)
            assert error(actual, expected) <= t[part] + r[part] / floor, case["id"]

        close(value, case["value"], 0)
        if "per" in case:
            close(values, case["per"], 0)
        for k, actual in gradients.items():
            assert actual.dtype == dtype
            close(actual, case["grads"][k], 1)
