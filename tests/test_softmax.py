"""The statistics of a row, read once or twice."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import _softmax, losses, regularizers

RNG = np.random.default_rng(0)
ROWS = {
    "small": RNG.normal(size=(5, 300)),
    "far apart": 1e4 * RNG.normal(size=(5, 300)),
    "equal": np.full((2, 300), -1e4),
    "excluded": np.where(RNG.uniform(size=(5, 300)) < 0.5, -np.inf, 1.0),
    "the largest": np.array([[3e38, -3e38] * 50]),
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_one_reduction_gives_the_sums_of_two_passes(rows):
    rows = rows.astype(np.float32)
    once, twice = (jax.jit(f)(rows) for f in (_softmax._sums_online, _softmax._sums))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=3e-6, atol=1e-6), once, twice
    )


def along(f, x):
    """Returns the derivative of the gradient along a direction."""
    return jax.jvp(jax.grad(f), (x,), (jnp.cos(x),))[1]


def test_derivatives_of_one_reduction_are_those_of_two_passes():
    x = RNG.normal(size=(2, 5)).astype(np.float32)

    @jax.jit
    def both(x):
        return [
            along(lambda x, f=f: sum((y**2).sum() for y in f(x)), x)
            for f in (_softmax._sums_online, _softmax._sums)
        ]

    once, twice = both(x)
    np.testing.assert_allclose(once, twice, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("threshold", [None, 0.02])
def test_second_derivatives_of_long_rows(threshold):
    """The branch of every platform is differentiated, whichever runs."""
    z, step = RNG.normal(size=100).astype(np.float32), 1e-2

    def total(z):
        penalty = regularizers.adr(z, tau=3, threshold=threshold)
        return losses.cross_entropy(z, 3) + penalty

    slope = jax.jit(jax.grad(total))
    numeric = (slope(z + step * np.cos(z)) - slope(z - step * np.cos(z))) / (2 * step)
    actual = jax.jit(functools.partial(along, total))(z)
    np.testing.assert_allclose(actual, numeric, rtol=2e-2, atol=2e-4)


def test_one_reduction_does_not_hide_nan():
    rows = np.array([[0.0, np.nan, 1.0], [0.0, np.inf, 1.0]], np.float32)
    _, partition, total = jax.jit(_softmax._sums_online)(rows)
    assert np.isnan(partition).all() and np.isnan(total).all()


def test_an_nvidia_gpu_reads_long_rows_once():
    """One pass is one reduction of three operands; two are a maximum and two sums."""

    def reductions(classes):
        traced = jax.jit(_softmax.moments).trace(np.zeros((4, classes), np.float32))
        text = traced.lower(lowering_platforms=("cuda",)).as_text()
        return text.count("stablehlo.reduce(")

    assert reductions(10) == 3 and reductions(100) == 1
