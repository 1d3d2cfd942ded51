"""Inputs that break naive code, drawn by hypothesis, and what must hold at them.

An example is many rows, decoded from bytes, so that fifty examples are thousands of
rows, each function is compiled once a dtype, and what fails shrinks towards zeros.
`pytest --hypothesis-profile=hunt` draws new ones, and twenty times as many.
"""

import functools

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np

from tests.battery import CLASSES
from tests.goldens import IN_HASTE

ROWS, SHARES = 64, 3
SCALES = np.array([0, 1e-30, 1e-3, 1, 8, 30, 110, np.inf])  # the last is the largest
LARGEST = {"float32": 1e4, "bfloat16": 3e4}
DIGITS = {"float32": 1e-5, "bfloat16": 2.0**-8 + 1e-5}  # of a gradient


def byte_rows(size):
    """Draws whole numbers in 0..255, `[ROWS, size]`."""
    return st.binary(min_size=ROWS * size, max_size=ROWS * size).map(
        lambda drawn: np.frombuffer(drawn, np.uint8).reshape(ROWS, size).astype(int)
    )


def numbers(scales, units, largest):
    """Returns numbers of all scales and both signs up to the largest."""
    return np.minimum(SCALES, largest)[scales % len(SCALES)] * (units - 127) / 128


def shares(drawn):
    """Returns hyper-parameters in [0, 1], both ends often."""
    return np.clip((drawn - 32) / 192, 0, 1)


LOGITS = byte_rows(3 * CLASSES + 2 + SHARES)


def rows_of_logits(drawn, largest, masked):
    """Returns logits `[ROWS, CLASSES]`, labels and SHARES hyper-parameters a row.

    Some rows are equal, tied, certain of the label or of all but it, and if `masked`
    some have classes of -inf, all but the label at the most.
    """
    scales, units, bits, rest = np.split(drawn, np.arange(1, 4) * CLASSES, axis=1)
    kind, labels = rest[:, :1] % 8, rest[:, 1] % CLASSES
    label = np.arange(CLASSES) == labels[:, None]
    z = numbers(scales, units, largest)
    z = np.where(kind == 1, z[:, :1], z)
    z[:, 1] = np.where(kind[:, 0] == 2, z[:, 0], z[:, 1])
    z = np.where((kind == 3) & label, largest, z)
    z = np.where((kind == 4) & label, -largest, z)
    if masked:
        absent = ((kind == 5) & (bits % 2 == 1)) | (kind == 6)
        z = np.where(absent & ~label, -np.inf, z)
    return z, labels, shares(rest[:, 2:])


@functools.cache
def _compiled(f, dtype):
    options = None if dtype == "float32" else IN_HASTE
    return jax.jit(jax.vmap(jax.value_and_grad(f)), compiler_options=options)


def _evaluated(f, dtype, moving, others):
    """Returns values and gradients of all rows, as float64."""
    wide = np.float64 if dtype == "float64" else np.float32
    with jax.enable_x64(dtype == "float64"):
        others = [x.astype(wide) if x.dtype.kind == "f" else x for x in others]
        value, slope = _compiled(f, dtype)(jnp.asarray(moving, dtype), *others)
    assert slope.dtype == dtype
    return np.asarray(value, np.float64), np.asarray(slope, np.float64)


def by_rounding_probabilities(z, signs):
    """Moves logits by as much as eight roundings of a probability move it."""
    return z + 1e-6 * signs


def by_rounding(x, signs):
    """Moves numbers by eight roundings of their own."""
    return x * (1 + 1e-6 * signs)


def is_finite_and_close_to_float64(
    f, dtype, moving, *others, nudged=by_rounding_probabilities, sizes=(1.0, 1.0)
):
    """Value and gradient are finite in every row and those of float64.

    They may be away from it by 1e-5 of the row's largest number, 1e-6 of the terms that
    they add up, and what a nudge of the input does in float64, which is much where f
    jumps, at a threshold say.

    Args:
        f: Maps what one row of the arrays holds to a number.
        dtype: That of `moving`.
        moving: What the gradient is taken by, `[rows, ...]`.
        *others: The other arguments, `[rows, ...]`.
        nudged: Moves the input, given signs of its shape.
        sizes: Those of the terms which value and gradient add up.
    """
    moving = np.asarray(jnp.asarray(moving, dtype), np.float64)
    others = [x.astype("f4") if x.dtype.kind == "f" else x for x in others]
    actual = _evaluated(f, dtype, moving, others)
    exact = _evaluated(f, "float64", moving, others)
    rng = np.random.default_rng(0)
    signs = [rng.choice([-1, 1], moving.shape[1:]) for _ in range(2)]
    near = [_evaluated(f, "float64", nudged(moving, s), others) for s in signs]
    digits = DIGITS["float32"], DIGITS[dtype]
    for a, e, d, size, *n in zip(actual, exact, digits, sizes, *near, strict=True):
        assert np.isfinite(a).all()
        tolerance = d * _largest(e) + 1e-6 * size + sum(_largest(x - e) for x in n)
        share = _largest(a - e) / tolerance
        worst = np.argmax(share)
        given = [x[worst] for x in (moving, *others)]
        assert share[worst] <= 1, (share[worst], given, a[worst], e[worst])


def _largest(x):
    """Returns the largest size of a row, `[rows]`."""
    return np.abs(x).reshape(len(x), -1).max(axis=1)
