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
from tests.compilation import AS_FOR_USERS

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
def of_shares(f, *ranges):
    """Returns f of hyper-parameters in [0, 1], given a name, low and high of each."""

    def of_row(x, y, *shares):
        hyper = {
            name: low + (high - low) * share
            for (name, low, high), share in zip(ranges, shares, strict=False)
        }
        return jnp.sum(f(x, y, **hyper))

    return of_row


def traced_hyper_parameters_are_those_known(f, *ranges, x, y):
    """Under vmap and jit they give what plain numbers give one by one."""
    drawn = np.random.default_rng(0).uniform(size=(3, SHARES)).astype(np.float32)
    of_row = of_shares(f, *ranges)
    traced = jax.jit(jax.vmap(functools.partial(of_row, x, y)))
    known = [of_row(x, y, *map(float, row)) for row in drawn]
    np.testing.assert_allclose(traced(*drawn.T), known, rtol=1e-5, atol=1e-6)


@functools.cache
def _compiled(f, dtype):
    options = AS_FOR_USERS if dtype == "float32" else None
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
    """Moves logits by as much as some roundings of a probability do."""
    return z + 1e-6 * signs


def by_rounding_vectors(x, signs):
    """Moves vectors by as much as some roundings of their largest entry."""
    return x + 2e-6 * np.abs(x).max(axis=-1, keepdims=True) * signs


def is_finite_and_close_to_float64(
    f,
    dtype,
    moving,
    *others,
    nudged=by_rounding_probabilities,
    sizes=(1.0, 1.0),
    leave_out=False,
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
        leave_out: Rows that must be finite only, bool `[rows]`.
    """
    moving = np.asarray(jnp.asarray(moving, dtype), np.float64)
    others = [x.astype("f4") if x.dtype.kind == "f" else x for x in others]
    actual = _evaluated(f, dtype, moving, others)
    rng = np.random.default_rng(0)
    signs = [rng.choice([-1, 1], moving.shape[1:]) for _ in range(2)]
    places = [moving, *(nudged(moving, sign * s) for s in signs for sign in (1, -1))]
    exact = _evaluated(
        f,
        "float64",
        np.concatenate(places),
        [np.concatenate([x] * len(places)) for x in others],
    )
    digits = DIGITS["float32"], DIGITS[dtype]
    for a, at_places, d, size in zip(actual, exact, digits, sizes, strict=True):
        assert np.isfinite(a).all()
        e, *near = np.split(at_places, len(places))
        tolerance = d * _largest(e) + 1e-6 * size + sum(_largest(x - e) for x in near)
        share = np.where(leave_out, 0, _largest(a - e) / tolerance)
        worst = np.argmax(share)
        given = [x[worst] for x in (moving, *others)]
        assert share[worst] <= 1, (share[worst], given, a[worst], e[worst])


def _largest(x):
    """Returns the largest size of a row, `[rows]`."""
    return np.abs(x).reshape(len(x), -1).max(axis=1)


BATCH = 4
VECTORS = byte_rows(2 * CLASSES + 2 + SHARES)


def batches_of_vectors(drawn, largest, directions):
    """Returns vectors `[batches, BATCH, CLASSES]`, labels and SHARES a batch.

    Some vectors are 0, equal to that before them, on their own direction or another, or
    opposite to it; in some batches one class alone is present.
    """
    scales, units, rest = np.split(drawn, np.arange(1, 3) * CLASSES, axis=1)
    kind, labels = rest[:, :1] % 8, rest[:, 1] % CLASSES
    labels = np.where(labels[::BATCH] == 0, 0, labels.reshape(-1, BATCH).T).T.ravel()
    x = numbers(scales, units, largest)
    x = np.where(kind == 0, 0, x)
    x = np.where(kind == 1, directions[labels], x)
    x = np.where(kind == 2, -30 * directions[labels], x)
    x = np.where(kind == 3, directions[labels - 1] * x[:, :1], x)
    x = np.where(kind == 4, np.roll(x, 1, axis=0), x)
    x = np.clip(x, -largest, largest).reshape(-1, BATCH, CLASSES)
    return x, labels.reshape(-1, BATCH), shares(rest[::BATCH, 2:])


def rows_of_cosines(drawn):
    """Returns cosines `[ROWS, CLASSES]`, labels and SHARES hyper-parameters a row.

    Some of the label or of another class are 1, -1 or next to 1.
    """
    scales, units, rest = np.split(drawn, np.arange(1, 3) * CLASSES, axis=1)
    kind, labels = rest[:, :1] % 12, rest[:, 1] % CLASSES
    label = np.arange(CLASSES) == labels[:, None]
    cosines = numbers(scales, units, 1.0)
    for i, end in enumerate([1.0, -1.0, np.nextafter(np.float32(1), np.float32(0))]):
        cosines = np.where((kind == i) & label, end, cosines)
        cosines = np.where((kind == 4 + i) & np.roll(label, 1, axis=1), end, cosines)
    return cosines, labels, shares(rest[:, 2:])
