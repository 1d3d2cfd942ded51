"""PEDCC: equal angles, the paper's recursion, random rotations, errors."""

import jax
import numpy as np
import pytest

from adrjax import centroids
from adrjax.centroids._simplex import standing
from tests import goldens

KEY = jax.random.key(0)
simplex = jax.jit(centroids.simplex, static_argnums=(1, 2))
SIZES = [(2, 1), (2, 5), (3, 2), (4, 3), (10, 9), (10, 64), (100, 128)]


def gram_of_equal_angles(k):
    return (k * np.eye(k) - 1) / (k - 1)


@pytest.mark.parametrize(("k", "n"), SIZES)
def test_simplex_rows_are_unit_with_sum_zero_and_equal_angles(k, n):
    rows = np.asarray(simplex(KEY, k, n))
    assert rows.shape == (k, n) and rows.dtype == np.float32
    np.testing.assert_allclose(rows @ rows.T, gram_of_equal_angles(k), atol=2e-6)
    np.testing.assert_allclose(rows.sum(0), 0, atol=1e-5)


def test_simplex_in_float64_is_exact_to_its_precision():
    with jax.enable_x64(True):
        rows = np.asarray(simplex(KEY, 10, 9))
    assert rows.dtype == np.float64
    np.testing.assert_allclose(rows @ rows.T, gram_of_equal_angles(10), atol=1e-14)


def test_simplex_is_the_recursion_of_the_paper_up_to_a_rotation():
    for extra, case in enumerate(goldens.load("simplex_recursive")):
        k, points = case["params"]["k"], np.array(case["outputs"]["points"])
        with jax.enable_x64(True):
            rows = np.asarray(simplex(KEY, k, k - 1 + 3 * (extra % 2)))
            np.testing.assert_allclose(standing(k), points, atol=1e-15)
        rotation = np.linalg.lstsq(points, rows)[0]
        np.testing.assert_allclose(points @ rotation, rows, atol=1e-14)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(k - 1), atol=1e-14)


def test_simplex_key_decides_the_rotation():
    rows = simplex(KEY, 5, 4)
    np.testing.assert_array_equal(simplex(KEY, 5, 4), rows)
    np.testing.assert_allclose(centroids.simplex(KEY, 5, 4), rows, atol=1e-6)
    other = simplex(jax.random.key(1), 5, 4)
    assert np.abs(other - rows).max() > 0.1


def test_simplex_rotations_are_equally_likely():
    """The mean and the second moment of a row are those of the unit sphere."""
    keys = jax.random.split(KEY, 4000)
    rows = jax.jit(jax.vmap(lambda key: centroids.simplex(key, 4, 3)))(keys)
    for row in np.moveaxis(np.asarray(rows), 1, 0):
        np.testing.assert_allclose(row.mean(0), 0, atol=0.04)
        np.testing.assert_allclose(row.T @ row / len(row), np.eye(3) / 3, atol=0.03)


def test_simplex_needs_no_rank_or_dtype_promotion():
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        jax.eval_shape(lambda key: centroids.simplex(key, 4, 5), KEY)


@pytest.mark.parametrize(
    ("num_classes", "dim", "message"),
    [
        (1, 4, "num_classes must be at least 2, got 1"),
        (2, 0, "dim must be at least 1, got 0"),
        (6, 4, "at least 5 dimensions, got num_classes=6, dim=4; .*repulsion"),
    ],
)
def test_simplex_sizes_must_have_equal_angles(num_classes, dim, message):
    with pytest.raises(ValueError, match=message):
        centroids.simplex(KEY, num_classes, dim)


@pytest.mark.parametrize("name", ["num_classes", "dim"])
def test_simplex_sizes_must_be_integers(name):
    sizes = {"num_classes": 3, "dim": 4} | {name: 4.0}
    with pytest.raises(TypeError, match=rf"{name} must be an integer .* got 4\.0"):
        centroids.simplex(KEY, **sizes)
