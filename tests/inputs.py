"""Batches of six examples that every function is tested on, and hypothesis draws.

A `Batch` holds six examples: logits, cosines or features `x`, labels `y`, one row per
class `c` (weights, centers or centroids) and the cotangents `w` of the losses.
"""

from typing import NamedTuple

import hypothesis.strategies as st
import jax.numpy as jnp
import numpy as np

ROWS, CLASSES = 6, 5
DIM = CLASSES  # so that permutations and extremes of logits also serve features
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
UNKNOWN = np.array([-1, 3, 5, 255, 0, 1], np.int32)  # three labels of no class
IS_KNOWN = (UNKNOWN >= 0) & (UNKNOWN < CLASSES)
OTHER_LABELS = (LABELS + 1) % CLASSES
ORDER = np.array([3, 0, 4, 1, 2])
EACH = np.arange(ROWS)


class Batch(NamedTuple):
    """Six examples; every field may have further leading axes."""

    x: np.ndarray
    y: np.ndarray = LABELS
    c: np.ndarray = np.zeros((CLASSES, DIM))
    w: np.ndarray = np.ones(ROWS)


def stack(batches):
    """Returns batches of the same shapes as one, with a new leading axis."""
    return Batch(*(np.stack(field) for field in zip(*batches, strict=True)))


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def logits(seed=0, dtype=np.float32):
    return normal(seed, ROWS, CLASSES).astype(dtype)


def unit_rows(seed, number, dim=DIM):
    x = normal(seed, number, dim)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


CENTERS = unit_rows(3, CLASSES)
OTHERS = normal(4, ROWS, DIM)  # the second of each pair

# Logits that break naive code.
LOGITS = {
    "equal": np.zeros((ROWS, CLASSES)),
    "right and certain": 1e4 * np.eye(CLASSES)[LABELS],
    "wrong and certain": 1e4 * np.eye(CLASSES)[OTHER_LABELS],
    "all but the label": -1e4 * np.eye(CLASSES)[LABELS],
    "far apart": np.linspace(-1e4, 1e4, ROWS * CLASSES).reshape(ROWS, CLASSES),
    "margin of 30": 30.0 * np.eye(CLASSES)[LABELS],
    "margin of 110": 110.0 * np.eye(CLASSES)[LABELS],
    "ties": np.array([[1, 1, 0, 0, 1.0]] * ROWS),
    "large and equal": np.full((ROWS, CLASSES), 1e4),
}
# The same for features.
FEATURES = {
    "zero": np.zeros((ROWS, DIM)),
    "one is zero": logits() * (EACH != 2)[:, None],
    "equal": np.ones((ROWS, DIM)),
    "axes": np.eye(DIM)[LABELS],
    "on their centers": CENTERS[LABELS],
    "longer than their centers": 30 * CENTERS[LABELS],
    "opposite to their centers": -CENTERS[LABELS],
    "on other centers": CENTERS[OTHER_LABELS],
    "on the other of the pair": OTHERS,
    "long": 1e4 * logits(),
    "short": 1e-4 * logits(),
    "far from the origin": 100 + logits(),
}
# Cosines where margins break, for the label and for another class.
ENDS = {
    "1": 1.0,
    "-1": -1.0,
    "beyond 1 by rounding": np.nextafter(np.float32(1), np.float32(2)),
    "beyond -1 by rounding": np.nextafter(np.float32(-1), np.float32(-2)),
    "next to 1": np.nextafter(np.float32(1), np.float32(0)),
    "0": 0.0,
}


def cosines(seed=0):
    return np.tanh(normal(seed, ROWS, CLASSES) / 2)


def at_end(value):
    c = cosines()
    c[EACH, LABELS] = c[EACH, OTHER_LABELS] = value
    return c


def with_nan(x, columns):
    x = np.array(x)
    x[EACH, columns] = np.nan
    return x


def batches_of_logits():
    z = logits()
    masked = np.array(z)
    masked[EACH, OTHER_LABELS] = -np.inf
    only_label = np.where(np.eye(CLASSES)[LABELS] == 1, z, -np.inf)
    return _common(z, z[:, ORDER] + 7) | {
        "masked": Batch(masked),
        "masked but the label": Batch(only_label),
        "nan at the label": Batch(with_nan(z, LABELS)),
        "nan at another": Batch(with_nan(z, OTHER_LABELS)),
        "all nan": Batch(np.full_like(z, np.nan)),
        **{f"extreme: {name}": Batch(x) for name, x in LOGITS.items()},
    }


def batches_of_cosines():
    z = cosines()
    return _common(z, z[:, ORDER]) | {
        "nan at the label": Batch(with_nan(z, LABELS)),
        "nan at another": Batch(with_nan(z, OTHER_LABELS)),
        "all nan": Batch(np.full_like(z, np.nan)),
        **{f"extreme: {name}": Batch(at_end(value)) for name, value in ENDS.items()},
    }


def batches_of_features():
    x = logits()
    some_zero = np.array(CENTERS)
    some_zero[[0, 3]] = 0
    nan_rows = np.where(np.arange(CLASSES) == 4, np.nan, CENTERS.T).T
    batches = _common(x, x) | {
        "nan at the label": Batch(with_nan(x, LABELS)),
        "nan in one example": Batch(np.where((EACH == 1)[:, None], np.nan, x)),
        "all nan": Batch(np.full_like(x, np.nan)),
        "one class": Batch(x, np.full(ROWS, 3)),
        "every class": Batch(x, np.array([0, 1, 2, 3, 4, 0])),
        "scaled up": Batch(1e15 * x),
        "scaled down": Batch(1e-30 * x),
        **{f"extreme: {name}": Batch(x) for name, x in FEATURES.items()},
    }
    batches = {name: batch._replace(c=CENTERS) for name, batch in batches.items()}
    batches["permuted"] = batches["permuted"]._replace(c=CENTERS[ORDER])
    return batches | {
        "rows of length 0": Batch(OTHERS, c=some_zero),
        "nan in a row": Batch(x, c=nan_rows),
    }


def _common(x, permuted):
    weights = np.arange(1.0, ROWS + 1)
    places = np.argsort(ORDER)
    return {
        "plain": Batch(x),
        "permuted": Batch(permuted, places[LABELS].astype(np.int32)),
        "weighted": Batch(x, w=weights),
        "unknown": Batch(x, UNKNOWN),
        "unknown, masked": Batch(x, UNKNOWN, w=IS_KNOWN / 1.0),
        "bfloat16": Batch(np.asarray(jnp.asarray(x, jnp.bfloat16), np.float32)),
    }


# What hypothesis draws: bytes, so that a failure shrinks towards zeros and one example
# is many rows.
DRAWN, NUMBERS = 60, 5
SCALES = np.array([0, 1e-30, 1e-3, 1, 8, 30, 110, np.inf])  # the last is the largest
LARGEST = {"float32": 1e4, "bfloat16": 3e4}


def byte_rows(size):
    """Draws whole numbers in 0..255, `[DRAWN, size]`."""
    return st.binary(min_size=DRAWN * size, max_size=DRAWN * size).map(
        lambda drawn: np.frombuffer(drawn, np.uint8).reshape(DRAWN, size).astype(int)
    )


DRAWS = byte_rows(3 * CLASSES + 2 + NUMBERS)


def drawn_logits(drawn, largest, masked):
    """Returns batches of logits and shares in [0, 1] for the hyper-parameters.

    Some rows are equal, tied, certain of the label or of all but it, and if `masked`
    some have classes of -inf, at most all but the label.
    """
    scales, units, bits, rest = np.split(drawn, np.arange(1, 4) * CLASSES, axis=1)
    kind, labels = rest[:, :1] % 8, rest[:, 1] % CLASSES
    label = np.arange(CLASSES) == labels[:, None]
    z = _numbers(scales, units, largest)
    z = np.where(kind == 1, z[:, :1], z)
    z[:, 1] = np.where(kind[:, 0] == 2, z[:, 0], z[:, 1])
    z = np.where((kind == 3) & label, largest, z)
    z = np.where((kind == 4) & label, -largest, z)
    if masked:
        absent = ((kind == 5) & (bits % 2 == 1)) | (kind == 6)
        z = np.where(absent & ~label, -np.inf, z)
    return _batches(z, labels), _shares(rest)


def drawn_cosines(drawn, largest, masked):
    """Returns batches of cosines; some are 1, -1 or next to 1."""
    scales, units, _, rest = np.split(drawn, np.arange(1, 4) * CLASSES, axis=1)
    kind, labels = rest[:, :1] % 12, rest[:, 1] % CLASSES
    label = np.arange(CLASSES) == labels[:, None]
    z = _numbers(scales, units, 1.0)
    for i, end in enumerate([1.0, -1.0, ENDS["next to 1"]]):
        z = np.where((kind == i) & label, end, z)
        z = np.where((kind == 4 + i) & np.roll(label, 1, axis=1), end, z)
    return _batches(z, labels), _shares(rest)


def drawn_features(drawn, largest, masked):
    """Returns batches of features and the CENTERS.

    Some are 0, equal to that before them, on their own center or another, or opposite
    to it; in some batches one class alone is present.
    """
    scales, units, _, rest = np.split(drawn, np.arange(1, 4) * CLASSES, axis=1)
    kind, labels = rest[:, :1] % 8, rest[:, 1] % CLASSES
    first = np.repeat(labels[::ROWS], ROWS)
    labels = np.where(first == 0, 0, labels)
    x = _numbers(scales, units, largest)
    x = np.where(kind == 0, 0, x)
    x = np.where(kind == 1, CENTERS[labels], x)
    x = np.where(kind == 2, -30 * CENTERS[labels], x)
    x = np.where(kind == 3, CENTERS[labels - 1] * x[:, :1], x)
    x = np.where(kind == 4, np.roll(x, 1, axis=0), x)
    batches = _batches(np.clip(x, -largest, largest), labels)
    return batches._replace(c=np.stack([CENTERS] * len(batches.x))), _shares(rest)


def drawn_rows(drawn, largest, masked):
    """Returns batches of CENTERS as features and drawn vectors as the rows."""
    batches, shares = drawn_features(drawn, largest, masked)
    rows = batches.x[:, :CLASSES]
    x = np.stack([CENTERS[LABELS]] * len(rows))
    return batches._replace(x=x, c=rows), shares


def _numbers(scales, units, largest):
    """Returns numbers of all scales and both signs up to the largest."""
    return np.minimum(SCALES, largest)[scales % len(SCALES)] * (units - 127) / 128


def _shares(rest):
    """Returns numbers in [0, 1], both ends often, `[batches, ROWS, NUMBERS]`."""
    return np.clip((rest[:, 2:] - 32) / 192, 0, 1).reshape(-1, ROWS, NUMBERS)


def _batches(x, labels):
    batches = [
        Batch(*rows)
        for rows in zip(
            x.reshape(-1, ROWS, CLASSES), labels.reshape(-1, ROWS), strict=True
        )
    ]
    return stack(batches)
