"""Features and class vectors of the batteries, and those that break naive code."""

import jax
import jax.numpy as jnp
import numpy as np

from tests import battery
from tests.battery import CLASSES, LABELS, ROWS

DIM = CLASSES  # so that what holds for logits can be asked of features


def unit_rows(seed, number, dim=DIM):
    x = np.random.default_rng(seed).normal(size=(number, dim))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


CENTERS = unit_rows(3, CLASSES)


def centers():
    """Returns CENTERS in the precision of now.

    Of the array itself, once a jitted function holds it, jax up to 0.12 gives code that
    is not jitted the precision of that call, whatever `jax.enable_x64` says since.
    """
    return jnp.asarray(CENTERS.copy())


OTHERS = np.random.default_rng(4).normal(size=(ROWS, DIM))  # the other of each pair

# The features that break naive code, each [ROWS, DIM].
EXTREMES = {
    "zero": np.zeros((ROWS, DIM)),
    "one is zero": battery.logits() * (np.arange(ROWS) != 2)[:, None],
    "equal": np.ones((ROWS, DIM)),
    "axes": np.eye(DIM)[LABELS],
    "on their centers": CENTERS[LABELS],
    "longer than their centers": 30 * CENTERS[LABELS],
    "opposite to their centers": -CENTERS[LABELS],
    "on other centers": CENTERS[(LABELS + 1) % CLASSES],
    "on the other of the pair": OTHERS,
    "long": 1e4 * battery.logits(),
    "short": 1e-4 * battery.logits(),
    "far from the origin": 100 + battery.logits(),
}


def both_precisions(f, x):
    """Returns value and gradient in float32 and in float64."""
    x = np.asarray(x, np.float32)
    gradient = jax.value_and_grad(lambda x: f(x).sum())
    single = gradient(x)
    with jax.enable_x64(True):
        double = gradient(x.astype(np.float64))
    return single, double


def is_finite_and_close_to_float64(f, x, rtol=1e-4):
    """Value and gradient are finite and, to their largest entry, those of float64.

    An entry below 0.01 is what is left of terms of size 1, and has their rounding.
    """
    single, double = both_precisions(f, x)
    for actual, exact in zip(single, double, strict=True):
        assert np.isfinite(actual).all()
        scale = max(np.abs(exact).max(), 1e-2)
        np.testing.assert_allclose(actual, exact, rtol=0, atol=rtol * scale)


def is_finite(f, x):
    value, slope = jax.value_and_grad(lambda x: f(x).sum())(jnp.asarray(x))
    assert np.isfinite(value).all() and np.isfinite(slope.astype(np.float32)).all()
