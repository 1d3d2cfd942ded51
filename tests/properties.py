"""One compiled program a case and dtype, which every property is read from."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests import inputs
from tests.catalogue import CASES, KINDS
from tests.inputs import LABELS, ROWS, Batch

BATCHES = 32  # of one call of a program
DIGITS = {"float32": 1e-5, "bfloat16": 2.0**-8 + 1e-5}  # of a gradient


def cases(*traits, without=frozenset(), kinds=tuple(KINDS), all_settings=True):
    """Parametrizes a test over the cases that have some traits and lack others.

    If not `all_settings`, the fast tier has one case of each function.
    """
    some = [
        case
        for case in CASES
        if case.kind in kinds
        and case.traits.issuperset(traits)
        and case.traits.isdisjoint(without)
    ]
    if not all_settings:
        first = {case.function: case for case in reversed(some)}
        some = [
            case
            if first[case.function] is case
            else pytest.param(case, marks=pytest.mark.long)
            for case in some
        ]
    return pytest.mark.parametrize("case", some, ids=str)


class Result(NamedTuple):
    """What a program returns of some batches, each with a leading axis.

    Attributes:
        value: One value per example, `[..., ROWS]`, or one per batch.
        x_slope: The gradient by the logits, cosines or features.
        c_slope: The gradient by the rows.
    """

    value: np.ndarray
    x_slope: np.ndarray
    c_slope: np.ndarray


@functools.cache
def batches_of(kind):
    """Returns the batches that every case of a kind is tested on, by name."""
    return KINDS[kind][0]()


def per_batch(case, f, numbers):
    """Returns `(x, y, c, numbers) -> values` of a batch.

    Examples that are not coupled are mapped, each with numbers of its own; a coupled
    batch has those of its first example.
    """
    if "coupled" in case.traits:
        return lambda x, y, c, n: f(x, y, c, **{k: n[k][0] for k in numbers})
    return jax.vmap(lambda x, y, c, n: f(x, y, c, **n), in_axes=(0, 0, None, 0))


def value_and_slopes(f, x, y, c, w, *rest):
    """Returns values and the gradients of their sum, weighted; 0 leaves NaN out."""

    def total(x, c):
        value = f(x, y, c, *rest)
        return jnp.sum(jnp.where(w != 0, w * value, 0)), value

    (_, value), slopes = jax.value_and_grad(total, (0, 1), has_aux=True)(x, c)
    return Result(value, *slopes)


@functools.cache
def program(case, dtype, which="ours"):
    """Returns the function of `evaluate`, jitted; compiled once a dtype."""
    f = per_batch(case, getattr(case, which), case.hyper)
    return jax.jit(jax.vmap(functools.partial(value_and_slopes, f)))


def evaluate(case, batches, numbers=None, *, dtype="float32", which="ours"):
    """Returns the results of stacked batches.

    Args:
        case: A case of the catalogue.
        batches: A `Batch` with a leading axis.
        numbers: The hyper-parameters, each broadcast to `[batches, ROWS]`; those left
            out are typical.
        dtype: The dtype of `x`; the others are float32 unless it is float64.
        which: "ours" or "printed".
    """
    count, wide = len(batches.x), "float64" if dtype == "float64" else "float32"
    numbers = {
        name: np.broadcast_to(value, (count, ROWS)).astype(wide)
        for name, value in (case.typical | (numbers or {})).items()
    }
    results = []
    with jax.enable_x64(dtype == "float64"):
        x = np.asarray(jnp.asarray(batches.x, dtype))
        for start in range(0, count, BATCHES):
            rows = np.minimum(np.arange(start, start + BATCHES), count - 1)
            results.append(
                jax.device_get(
                    program(case, dtype, which)(
                        x[rows],
                        batches.y[rows].astype(LABEL_DTYPES[dtype]),
                        batches.c[rows].astype(wide),
                        batches.w[rows].astype(wide),
                        {name: value[rows] for name, value in numbers.items()},
                    )
                )
            )
    joined = (np.concatenate(field)[:count] for field in zip(*results, strict=True))
    return Result(*joined)


# Every integer dtype is the labels' in some program.
LABEL_DTYPES = {"float32": "int32", "bfloat16": "int16", "float64": "uint64"}


@functools.cache
def results(case, dtype="float32"):
    """Returns the results of every batch of the case's kind, by name."""
    batches = batches_of(case.kind)
    if dtype == "float64":  # of the numbers that float32 was given
        batches = {k: in_float32(batch) for k, batch in batches.items()}
    whole = evaluate(case, inputs.stack(batches.values()), dtype=dtype)
    return {
        name: Result(*(field[i] for field in whole)) for i, name in enumerate(batches)
    }


def in_float32(batch):
    return batch._replace(x=batch.x.astype("float32"), c=batch.c.astype("float32"))


@functools.cache
def shapes(case):
    """Returns results of other shapes and dtypes, with numbers known while tracing.

    Labels are uint8, or a list where there is one class.
    """
    plain = batches_of(case.kind)["plain"]
    x, c = plain.x.astype("float32"), plain.c.astype("float32")
    y = LABELS.astype("uint8")

    def of(x, y, c):
        f = functools.partial(case.ours, **case.typical)
        return value_and_slopes(f, x, y, c, jnp.ones(x.shape[:-1]))

    def every(x, y, c):
        square = x if "matrix" in case.traits else x.reshape(2, 3, -1)
        found = {
            "square": of(square, y.reshape(2, 3), c),
            "bfloat16": of(square.astype(jnp.bfloat16), y.reshape(2, 3), c),
        }
        if case.traits.isdisjoint({"two classes", "ordered", "five classes"}):
            found["one class"] = of(x[:2, :1], [0, 0], c[:1, :1])
        if "coupled" in case.traits and "matrix" not in case.traits:
            known = np.flatnonzero(inputs.IS_KNOWN)
            found["known"] = of(x[known], jnp.asarray(inputs.UNKNOWN[known]), c)
            found["one example"] = of(x[:1], y[:1], c)
            found["one zero example"] = of(0 * x[:1], y[:1], c)
        return found

    return jax.device_get(jax.jit(every)(x, y, c))


def assert_close(actual, expected, rtol=1e-5, sizes=(0, 0), leave_out=()):
    """Compares the fields of two results, relative to the largest magnitude of each.

    A much smaller entry is what is left of larger terms, and has their rounding, 1e-6
    of the sizes of the terms of value and gradients.
    """
    for name, a, e in zip(Result._fields, actual, expected, strict=True):
        if name not in leave_out:
            scale = max(np.abs(e).max(initial=0), 1e-2)
            atol = rtol * scale + 1e-6 * sizes[name != "value"]
            np.testing.assert_allclose(a, e, rtol=0, atol=atol, err_msg=name)


def is_finite(result):
    return all(np.isfinite(np.asarray(field, np.float64)).all() for field in result)


def is_close_to_float64(case, dtype, batches, shares):
    """Value and gradients are finite in every row and close to those of float64.

    They may be off by 1e-5 of the row's largest number, 1e-6 of the terms that they add
    up, and what a nudge of the input changes in float64: much where there is a jump, as
    at a threshold.

    Args:
        case: A case of the catalogue.
        dtype: The dtype of `x`.
        batches: Stacked batches.
        shares: Where in its range each number is, `[batches, ROWS, NUMBERS]`.
    """
    numbers = {
        name: (low + (high - low) * shares[..., i]).astype("float32")
        for i, (name, (low, _, high)) in enumerate(case.hyper.items())
    }
    rounded = np.asarray(jnp.asarray(batches.x, dtype), np.float64)
    batches = in_float32(batches)._replace(x=rounded)
    actual = evaluate(case, batches, numbers, dtype=dtype)
    rng = np.random.default_rng(0)
    nudged = [batches]
    for _ in range(2):
        signs = rng.choice([-1, 1], (ROWS, batches.x.shape[-1]))
        nudged += [nudge(case, batches, signs), nudge(case, batches, -signs)]
    places = Batch(*(np.concatenate(field) for field in zip(*nudged, strict=True)))
    numbers = {name: np.concatenate([n] * len(nudged)) for name, n in numbers.items()}
    double = evaluate(case, places, numbers, dtype="float64")

    leave_out = has_no_limit(case, batches, dtype)
    for name, single, at_places in zip(Result._fields, actual, double, strict=True):
        exact, *near = (per_row(case, x) for x in np.split(at_places, len(nudged)))
        single = per_row(case, single.astype("float64"))
        assert np.isfinite(single).all(), name
        digits = DIGITS[dtype if name == "x_slope" else "float32"]
        size = case.sizes[name != "value"]
        if "products" in case.traits:  # a slope adds up multiples of the other
            size *= max(np.abs(batches.x).max(), np.abs(batches.c).max(), 1)
        moved = sum(largest(x - exact) for x in near)
        tolerance = digits * largest(exact) + 1e-6 * size + moved
        share = largest(single - exact) / tolerance
        if name != "value" or "kinks" not in case.traits or "jumps" in case.traits:
            share = np.where(leave_out(len(single)), 0, share)
        worst = np.argmax(share)
        assert share[worst] <= 1, (
            name,
            share[worst],
            worst,
            single[worst],
            exact[worst],
        )


def per_row(case, field):
    """Returns values or gradients one row per example, or per coupled batch."""
    is_of_rows = field.ndim == 3 and field.shape[1] != ROWS
    if "coupled" in case.traits or is_of_rows:
        return field.reshape(len(field), -1)
    return field.reshape(len(field) * ROWS, -1)


def largest(x):
    """Returns the largest magnitude per row, `[rows]`."""
    return np.abs(x).max(axis=1)


def nudge(case, batches, signs):
    """Moves logits by some roundings of a probability, vectors of their largest."""
    if case.kind == "logits":
        return batches._replace(x=batches.x + 1e-6 * signs)
    scale, rows = (
        np.abs(v).max(axis=-1, keepdims=True) for v in (batches.x, batches.c)
    )
    return batches._replace(
        x=batches.x + 2e-6 * scale * signs,
        c=batches.c + 2e-6 * rows * signs[: batches.c.shape[1]],
    )


def has_no_limit(case, batches, dtype):
    """Returns which rows have a value or a slope that depends on the precision.

    They have a label's cosine of 1 or -1, or two others at equal distances.
    """
    if "kinks" in case.traits:
        gaps = batches.x[:, :, None] - batches.x[:, None]
        distances = np.sort(np.sum(gaps**2, axis=-1))[..., 1:]  # not to itself
        tie = np.diff(distances) <= 1e-5 * distances[..., -1:] + 1e-30
        return lambda rows: tie.any(axis=(1, 2))
    if "angles" not in case.traits:
        return lambda rows: np.zeros(rows, bool)
    cosines, rounding = batches.x, DIGITS[dtype]
    if case.kind == "features":
        lengths = [np.linalg.norm(v, axis=-1) + 1e-30 for v in (batches.x, batches.c)]
        cosines = np.einsum("bid,bjd->bij", batches.x, batches.c)
        cosines = cosines / lengths[0][..., None] / lengths[1][:, None]
        rounding = 1e-3
    own = np.take_along_axis(cosines, batches.y[..., None], axis=-1)[..., 0]
    is_end = np.abs(own) > 1 - rounding
    return lambda rows: is_end.ravel() if rows == is_end.size else is_end.any(axis=1)
