"""Repelling centroids: the best known arrangements, the energy, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import centroids
from adrjax.centroids._repulsion import energy

KEY = jax.random.key(0)
KEYS = jax.random.split(KEY, 5)
repulsion = jax.jit(centroids.repulsion, static_argnums=(1, 2), static_argnames="steps")

# The best arrangements known: name -> (k, n, the cosines two rows may have)
OPTIMAL = {
    "opposites": (2, 3, [-1]),
    "triangle": (3, 2, [-1 / 2]),
    "simplex": (10, 9, [-1 / 9]),
    "simplex in more dimensions": (5, 8, [-1 / 4]),
    "pentagon": (5, 2, [np.cos(0.4 * np.pi), np.cos(0.8 * np.pi)]),
    "square": (4, 2, [0, -1]),
    "axes and their opposites": (10, 5, [0, -1]),
    "icosahedron": (12, 3, [5**-0.5, -(5**-0.5), -1]),
}


def cosines(rows):
    """Returns the cosines of all pairs of rows, sorted."""
    rows = np.asarray(rows)
    i, j = np.triu_indices(rows.shape[-2], 1)
    products = np.einsum("...id,...jd->...ij", rows, rows)
    return np.sort(products[..., i, j])


@pytest.mark.parametrize("name", OPTIMAL)
def test_repulsion_finds_the_best_known_arrangement(name):
    k, n, possible = OPTIMAL[name]
    found = jax.vmap(lambda key: repulsion(key, k, n))(KEYS)
    distance = np.abs(cosines(found)[..., None] - possible)
    np.testing.assert_allclose(distance.min(-1), 0, atol=3e-3)
    np.testing.assert_allclose(cosines(found)[:, -1], max(possible), atol=1e-3)


def test_repulsion_of_more_classes_than_dimensions_is_wider_than_random():
    rows, random = (repulsion(KEY, 100, 20, steps=steps) for steps in (300, 0))
    assert rows.shape == (100, 20) and rows.dtype == np.float32
    for x in (rows, random):
        np.testing.assert_allclose(jnp.linalg.norm(x, axis=1), 1, rtol=1e-6)
    assert cosines(rows)[-1] < 0.27 < 0.7 < cosines(random)[-1]


def test_repulsion_energy_falls_and_is_the_printed_equation():
    energies = []
    for steps in (0, 5, 50):
        points = np.asarray(repulsion(KEY, 30, 6, steps=steps))
        i, j = np.nonzero(~np.eye(30, dtype=bool))
        distances = np.linalg.norm((points[i] - points[j]).astype(float), axis=1)
        expected = np.log(np.mean(distances**-8.0)) / 8
        np.testing.assert_allclose(jax.jit(energy)(points), expected, rtol=1e-5)
        energies.append(expected)
    assert energies[0] > energies[1] > energies[2]


def test_repulsion_energy_of_equal_points_is_finite():
    points = np.eye(3, dtype=np.float32)[[0, 0, 1]]
    value, slope = jax.jit(jax.value_and_grad(energy))(points)
    assert np.isfinite(value) and np.isfinite(slope).all()


def test_repulsion_key_decides_the_result():
    rows = repulsion(KEY, 8, 3, steps=10)
    np.testing.assert_array_equal(repulsion(KEY, 8, 3, steps=10), rows)
    assert np.abs(repulsion(KEYS[0], 8, 3, steps=10) - rows).max() > 0.1


def test_repulsion_in_float64_stays_in_float64():
    with jax.enable_x64(True):
        rows = repulsion(KEY, 4, 3)
    assert rows.dtype == np.float64
    np.testing.assert_allclose(cosines(rows), -1 / 3, atol=1e-6)


def test_repulsion_needs_no_rank_or_dtype_promotion():
    with jax.numpy_rank_promotion("raise"), jax.numpy_dtype_promotion("strict"):
        jax.eval_shape(lambda key: centroids.repulsion(key, 9, 3), KEY)


@pytest.mark.parametrize("name, low", [("num_classes", 2), ("dim", 2), ("steps", 0)])
def test_repulsion_sizes_are_checked(name, low):
    sizes = {"num_classes": 8, "dim": 3, "steps": 1}
    with pytest.raises(ValueError, match=rf"{name} must be at least {low}, got"):
        centroids.repulsion(KEY, **sizes | {name: low - 1})
    with pytest.raises(TypeError, match=rf"{name} must be an integer .* got 4\.0"):
        centroids.repulsion(KEY, **sizes | {name: 4.0})
