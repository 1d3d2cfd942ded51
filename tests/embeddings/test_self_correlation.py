"""Self-correlation: its two forms, small batches, unknown labels."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.embeddings import self_correlation

DIM, CLASSES = 12, 4
CENTROIDS = np.random.default_rng(0).normal(size=(CLASSES, DIM)).astype(np.float32)
CENTROIDS /= np.linalg.norm(CENTROIDS, axis=1, keepdims=True)


def batch(size):
    rng = np.random.default_rng(size)
    return rng.normal(size=(size, DIM)), rng.integers(0, CLASSES, size)


def printed(x, y):
    """Eqs. (18) and (19)."""
    d = (x / jnp.linalg.norm(x, axis=-1, keepdims=True) - jnp.asarray(CENTROIDS)[y]).T
    r = d @ d.T / (len(y) - 1)
    return jnp.sum(r**2) - jnp.sum(jnp.diagonal(r) ** 2)


@functools.partial(jax.jit, static_argnums=0)
def value_and_gradient(loss, x, y):
    return jax.value_and_grad(loss)(x, y)


def ours(x, y):
    return self_correlation(x, y, CENTROIDS)


@pytest.mark.parametrize("size", [2, DIM - 1, DIM, DIM + 1, 3 * DIM])
def test_self_correlation_is_the_printed_formula_in_both_forms(size):
    """The Gram matrix for at most DIM examples, else the matrix of the dimensions."""
    x, y = batch(size)
    with jax.enable_x64(True):
        rule, plain = (value_and_gradient(f, x, y) for f in (ours, printed))
        for actual, expected in zip(rule, plain, strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("size, square", [(6, 6), (30, DIM)])
def test_self_correlation_uses_the_smaller_matrix_and_two_products(size, square):
    x, y = batch(size)
    program = str(jax.make_jaxpr(jax.grad(ours))(x, y))
    assert f"[{square},{square}]" in program and program.count("dot_general[") == 2
    assert f"[{size + DIM - square},{size + DIM - square}]" not in program


def test_self_correlation_per_dimension_divides_by_the_dimensions_minus_one():
    x, y = batch(6)
    actual = jax.jit(self_correlation, static_argnames="per_dimension")(
        x, y, CENTROIDS, per_dimension=True
    )
    np.testing.assert_allclose(actual, jax.jit(ours)(x, y) / (DIM - 1), rtol=1e-6)


def test_self_correlation_of_one_example_or_none_is_zero():
    for size in (0, 1):
        value, slope = value_and_gradient(ours, *batch(size))
        assert value == 0 and (slope == 0).all()


def test_self_correlation_of_features_on_their_centroids_is_zero():
    y = batch(20)[1]
    value, slope = value_and_gradient(ours, 7 * CENTROIDS[y], y)
    np.testing.assert_allclose(value, 0, atol=1e-12)
    assert np.isfinite(slope).all()


def test_self_correlation_leaves_out_unknown_labels():
    x, y = batch(6)
    labels = np.where(np.arange(6) < 4, y, -1)
    value, slope = value_and_gradient(ours, x, labels)
    expected, expected_slope = value_and_gradient(ours, x[:4], y[:4])
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    np.testing.assert_allclose(slope[:4], expected_slope, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(slope[4:], 0)


@pytest.mark.parametrize("size", [1, 6, 30])
def test_self_correlation_of_a_nan_is_nan(size):
    x, y = batch(size)
    x[0, 3] = np.nan
    assert np.isnan(jax.jit(ours)(x, y))


@pytest.mark.parametrize("per_device", [1, 3])
def test_eight_devices_equal_one_device_in_both_forms(per_device):
    x, y = batch(8 * per_device)

    def on_devices(x, y):
        loss = functools.partial(self_correlation, axis_name="batch")
        return jax.value_and_grad(loss)(x, y, CENTROIDS)

    value, gradient = jax.pmap(on_devices, "batch")(
        x.reshape(8, per_device, DIM), y.reshape(8, per_device)
    )
    whole, slope = value_and_gradient(ours, x, y)
    np.testing.assert_allclose(value, np.full(8, whole), rtol=1e-5)
    of_all = gradient.reshape(-1, DIM) / 8  # each device differentiates its own copy
    np.testing.assert_allclose(of_all, slope, rtol=1e-4, atol=1e-6)
