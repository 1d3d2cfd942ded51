"""Values and gradients in float64: the printed formula and finite differences."""

import numpy as np

from tests import inputs
from tests.inputs import CLASSES, DIM, ROWS, Batch
from tests.properties import cases, evaluate

STEP, DIRECTIONS = 1e-6, 5


def batch_of(case):
    if case.kind == "cosines":
        return Batch(inputs.cosines(seed=1))
    return Batch(inputs.logits(seed=1, dtype=np.float64), c=inputs.CENTERS)


def numbers_of(case):
    """Returns the typical numbers and others within their ranges, `[2, 1]` each."""
    rng = np.random.default_rng(0)
    return {
        name: np.array([[middle], [low + (high - low) * rng.uniform(0.2, 0.8)]])
        for name, (low, middle, high) in case.hyper.items()
    }


@cases()
def test_values_and_gradients_are_those_of_the_printed_formula(case):
    batches, numbers = inputs.stack([batch_of(case)] * 2), numbers_of(case)
    ours, printed = (
        evaluate(case, batches, numbers, dtype="float64", which=which)
        for which in ("ours", "printed")
    )
    if ours.value.shape == printed.value.shape:
        np.testing.assert_allclose(ours.value, printed.value, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(total(ours.value), total(printed.value), rtol=1e-10)
    for name in ("x_slope", "c_slope") if "rows move" in case.traits else ("x_slope",):
        actual, expected = getattr(ours, name), getattr(printed, name)
        np.testing.assert_allclose(
            actual, expected, rtol=1e-8, atol=1e-10 * np.abs(expected).max()
        )


@cases(without={"stopped"})
def test_gradients_are_difference_quotients(case):
    batch, rng = batch_of(case), np.random.default_rng(2)
    dx = rng.normal(size=(DIRECTIONS, ROWS, CLASSES))
    dc = rng.normal(size=(DIRECTIONS, CLASSES, DIM)) * ("rows move" in case.traits)
    moved = [
        batch._replace(x=batch.x + sign * STEP * x, c=batch.c + sign * STEP * c)
        for sign in (1, -1)
        for x, c in zip(dx, dc, strict=True)
    ]
    numbers = numbers_of(case)
    for which in range(2):
        found = evaluate(
            case,
            inputs.stack([batch, *moved]),
            {name: value[which] for name, value in numbers.items()},
            dtype="float64",
        )
        ahead, behind = np.split(total(found.value[1:]), 2)
        expected = np.sum(dx * found.x_slope[0], axis=(1, 2))
        expected += np.sum(dc * found.c_slope[0], axis=(1, 2))
        quotient = (ahead - behind) / (2 * STEP)
        scale = max(np.abs(found.x_slope[0]).max(), np.abs(found.value[0]).max())
        np.testing.assert_allclose(quotient, expected, rtol=1e-6, atol=1e-7 * scale)


def total(value):
    """Returns the sum over the examples; a value of the batch counts for each."""
    return value.sum(axis=1) if value.ndim == 2 else ROWS * value
