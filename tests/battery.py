"""What holds for every function of logits that returns one value an example.

A role's battery binds the labels and calls these; each is one sentence.
"""

import functools

import jax
import jax.numpy as jnp
from jax.test_util import check_grads
import numpy as np
import pytest

ROWS, CLASSES = 6, 5
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)

# The logits that break naive code, each [ROWS, CLASSES].
EXTREMES = {
    "equal": np.zeros((ROWS, CLASSES)),
    "right and certain": 1e4 * np.eye(CLASSES)[LABELS],
    "wrong and certain": 1e4 * np.eye(CLASSES)[(LABELS + 1) % CLASSES],
    "all but the label": -1e4 * np.eye(CLASSES)[LABELS],
    "far apart": np.linspace(-1e4, 1e4, ROWS * CLASSES).reshape(ROWS, CLASSES),
    "margin of 30": 30.0 * np.eye(CLASSES)[LABELS],
    "margin of 110": 110.0 * np.eye(CLASSES)[LABELS],
    "ties": np.array([[1, 1, 0, 0, 1.0]] * ROWS),
    "large and equal": np.full((ROWS, CLASSES), 1e4),
}


def logits(seed=0, dtype=np.float32):
    return np.random.default_rng(seed).normal(size=(ROWS, CLASSES)).astype(dtype)


def gradient(f, z):
    return jax.grad(lambda z: f(z).sum())(z)


def any_leading_shape(f, f_of_labels, z):
    """A batch, its reshape, vmap and each example alone give the same."""
    flat = f(z)
    assert flat.shape == (ROWS,) and flat.dtype == jnp.float32
    f = jax.jit(f_of_labels)
    square = f(z.reshape(2, 3, CLASSES), LABELS.reshape(2, 3))
    np.testing.assert_allclose(square.ravel(), flat, rtol=1e-6)
    mapped = jax.jit(jax.vmap(f_of_labels))(z, LABELS)
    np.testing.assert_allclose(mapped, flat, rtol=1e-6)
    alone = [f(z[i], LABELS[i]) for i in range(ROWS)]
    np.testing.assert_allclose(np.stack(alone), flat, rtol=1e-6)
    assert f(z[:0], LABELS[:0]).shape == (0,)


def transformations(f, z):
    """Jit of a scan, and of vmap of a checkpoint, change neither value nor gradient."""

    def with_gradient(f):
        def total(z):
            values = f(z)
            return values.sum(), values

        return jax.value_and_grad(total, has_aux=True)

    def scanned(z):
        return jax.lax.scan(lambda carry, z: (carry, f(z)), None, jnp.stack([-z, z]))[1]

    @jax.jit
    def transformed(z):
        both = jax.vmap(with_gradient(jax.checkpoint(f)))(jnp.stack([-z, z]))
        return {
            "scan": with_gradient(lambda z: scanned(z)[1])(z),
            "vmap of checkpoint": jax.tree.map(lambda x: x[1], both),
        }

    value, slope = f(z), gradient(f, z)
    assert slope.dtype == z.dtype
    for name, ((_, values), slopes) in transformed(z).items():
        np.testing.assert_allclose(values, value, rtol=1e-6, err_msg=name)
        np.testing.assert_allclose(slopes, slope, rtol=1e-5, atol=1e-7, err_msg=name)


def classes_have_no_order_and_logits_no_origin(f_of_labels, z):
    """Permuting the classes and adding a constant to the logits change nothing."""
    order = np.array([3, 0, 4, 1, 2])
    value = f_of_labels(z, LABELS)
    moved = f_of_labels(z[:, order] + 7.0, np.argsort(order)[LABELS])
    np.testing.assert_allclose(moved, value, rtol=1e-4, atol=1e-6)


def half_precision_is_computed_in_float32(f, z, dtype):
    half = jnp.asarray(z, dtype)
    assert f(half).dtype == jnp.float32
    assert gradient(f, half).dtype == dtype
    np.testing.assert_array_equal(f(half), f(half.astype(jnp.float32)))


def float64_stays_float64(f, z):
    with jax.enable_x64(True):
        z = z.astype(np.float64)
        assert jax.eval_shape(f, z).dtype == jnp.float64
        assert jax.eval_shape(functools.partial(gradient, f), z).dtype == jnp.float64


def is_finite_and_close_to_float64(f, name):
    """At every extreme, value and gradient are finite and those of float64."""
    z = EXTREMES[name].astype(np.float32)
    value, slope = f(z), gradient(f, z)
    assert np.isfinite(value).all() and np.isfinite(slope).all()
    with jax.enable_x64(True):
        exact = f(z.astype(np.float64)), gradient(f, z.astype(np.float64))
    np.testing.assert_allclose(value, exact[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(slope, exact[1], rtol=1e-4, atol=1e-6)


def gradient_is_a_difference_quotient(f):
    with jax.enable_x64(True):
        check_grads(f, (logits(seed=1, dtype=np.float64),), order=1, modes=["rev"])


def gradient_is_that_of(f, plain):
    """The rule agrees with float64 autodiff of the formula as it is printed."""
    with jax.enable_x64(True):
        z = logits(seed=1, dtype=np.float64)
        np.testing.assert_allclose(f(z), plain(z), rtol=1e-10)
        np.testing.assert_allclose(
            gradient(f, z), gradient(plain, z), rtol=1e-8, atol=1e-12
        )


def a_cotangent_scales_each_example(f, z):
    weights = np.arange(1.0, ROWS + 1, dtype=np.float32)
    weighted = jax.grad(lambda z: (weights * f(z)).sum())(z)
    np.testing.assert_allclose(
        weighted, weights[:, None] * gradient(f, z), rtol=1e-5, atol=1e-7
    )


def masked_classes_have_no_part(f_of_labels, z):
    """A class of logit -inf leaves finite values, and no gradient of its own."""
    masked = np.array(z)
    absent = (LABELS + 1) % CLASSES
    masked[np.arange(ROWS), absent] = -np.inf

    def f(z):
        return f_of_labels(z, LABELS)

    assert np.isfinite(f(masked)).all()
    slope = np.asarray(gradient(f, masked))
    assert np.isfinite(slope).all()
    assert (slope[np.arange(ROWS), absent] == 0).all()


def wrong_logits_are_refused(f):
    with pytest.raises(TypeError, match=r"logits must be floating, got int32"):
        f(np.zeros((ROWS, CLASSES), np.int32))
    with pytest.raises(ValueError, match=r"logits must be \[..., num_classes\]"):
        f(np.float32(1.0))
