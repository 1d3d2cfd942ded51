"""The statistics of a row, read once or twice."""

import jax
import numpy as np
import pytest

from adrjax import _softmax

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
