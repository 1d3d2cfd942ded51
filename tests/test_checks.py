"""The checks of arguments that all roles share."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import _checks

LOGITS = jnp.zeros((4, 3))
LABELS = [0, 2, 1, 1]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "uint32"])
def test_labels_of_any_integer_dtype(dtype):
    labels = _checks.labels_of(LOGITS, np.array(LABELS, dtype))
    np.testing.assert_array_equal(labels, LABELS)
    assert labels.dtype == jnp.int32


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint32", "int64", "uint64"])
def test_labels_stay_integers_in_64_bits(dtype):
    with jax.enable_x64(True):
        labels = jnp.array(LABELS, dtype)
        largest = jnp.full(4, jnp.iinfo(dtype).max, dtype)
        for y in (labels, largest):  # traced, and so not checked
            out = jax.jit(lambda y: _checks.labels_of(LOGITS, y))(y)
            assert jnp.issubdtype(out.dtype, jnp.signedinteger)
        assert not ((out >= 0) & (out < 3)).any()
        np.testing.assert_array_equal(_checks.labels_of(LOGITS, labels), LABELS)


def test_labels_may_be_lists_also_of_traced_numbers():
    np.testing.assert_array_equal(_checks.labels_of(LOGITS, LABELS), LABELS)
    traced = jax.jit(lambda y: _checks.labels_of(LOGITS, [y, 2, 1, 1]))(0)
    np.testing.assert_array_equal(traced, LABELS)
    with pytest.raises(ValueError, match=r"labels must lie in 0\.\.2 .* got 0\.\.3"):
        _checks.labels_of(LOGITS, [0, 3, 1, 1])


@pytest.mark.parametrize(
    "dtype, error", [("int32", ValueError), ("bool", TypeError), ("float32", TypeError)]
)
def test_one_hot_labels_raise_with_the_way_out(dtype, error):
    one_hot = np.eye(3)[LABELS].astype(dtype)
    message = (
        rf"got {dtype} of shape \(4, 3\); one-hot labels: jnp.argmax\(labels, -1\)"
    )
    with pytest.raises(error, match=message + ", or float for cross_entropy"):
        _checks.labels_of(LOGITS, one_hot)


def test_wrong_labels_raise():
    with pytest.raises(
        ValueError, match=r"of shape \(4,\) .* got int32 of shape \(3,\)"
    ):
        _checks.labels_of(LOGITS, LABELS[:3])
    with pytest.raises(
        TypeError, match=r"integer classes, got float32 .*astype\(int\)"
    ):
        _checks.labels_of(LOGITS, np.float32(LABELS))


@pytest.mark.parametrize("x", [2, 2.0, np.float64(2), np.int64(2), jnp.float32(2)])
def test_numbers_decide_no_dtype(x):
    with jax.enable_x64(True):
        z = jnp.zeros(3, jnp.float32)
        assert (_checks.between("gamma", x, 0) * z).dtype == jnp.float32
        for check in (_checks.between, _checks.at_most):
            assert check("gamma", x, 2, like=z).dtype == jnp.float32
        for check in (_checks.positive, _checks.finite):
            assert check("gamma", x, like=z).dtype == jnp.float32


def test_traced_numbers_are_not_checked():
    f = jax.jit(lambda x: _checks.between("gamma", x, 0, like=LOGITS))
    np.testing.assert_array_equal([f(-1), f(jnp.nan)], [-1, jnp.nan])


@pytest.mark.parametrize(
    "x, error, message",
    [
        (-1, ValueError, "gamma must be at least 0, got -1"),
        (np.nan, ValueError, "gamma must be at least 0, got nan"),
        (np.inf, ValueError, "gamma must be finite, got inf"),
        ([1.0, 2.0], ValueError, r"gamma must be one number, got shape \(2,\)"),
        ("2", TypeError, "gamma must be a number, got '2'"),
        (None, TypeError, "gamma must be a number, got None"),
        (True, TypeError, "gamma must be a number, got True"),
    ],
)
def test_wrong_numbers_raise(x, error, message):
    with pytest.raises(error, match=message):
        _checks.between("gamma", x, 0)


def test_counts_are_integers_of_any_kind():
    for n in (2, np.int64(2), np.array(2), jnp.array(2)):
        assert _checks.count("tau", n, low=1) == 2
    for n in (2.0, True, "2", None):
        with pytest.raises(
            TypeError, match="tau must be an integer known while tracin"
        ):
            _checks.count("tau", n, low=1)
    with pytest.raises(ValueError, match=r"tau must be in 1\.\.5 classes, got 6"):
        _checks.count("tau", 6, low=1, high=5, of=" classes")


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_transition_is_checked_at_its_own_precision(dtype):
    matrix = np.random.default_rng(0).dirichlet(np.ones(10), size=10)
    checked = _checks.transition("transition", jnp.asarray(matrix, dtype), 10)
    assert checked.dtype == jnp.float32
    with pytest.raises(ValueError, match=r"row \d has the sum 1\.0[1-3].*transpose it"):
        _checks.transition("transition", jnp.asarray(matrix * 1.02, dtype), 10)


def test_strict_promotion_is_enough():
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    try:
        for dtype in (jnp.bfloat16, jnp.float32):
            logits = _checks.scores("logits", jnp.zeros((4, 3), dtype))
            assert logits.dtype == jnp.float32
        with jax.enable_x64(True):
            assert _checks.floating("x", jnp.zeros(2, float)).dtype == jnp.float64
            for dtype in ("uint8", "uint64", "int64"):
                _checks.labels_of(LOGITS, np.array(LABELS, dtype))
    finally:
        jax.config.update("jax_numpy_dtype_promotion", "standard")
