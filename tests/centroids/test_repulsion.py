import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import centroids
from adrjax.centroids._repulsion import energy

KEY = jax.random.key(0)
KEYS = jax.random.split(KEY, 5)
repulsion = jax.jit(centroids.repulsion, static_argnums=(1, 2), static_argnames="steps")

# The best arrangements there are: name -> (k, n, the cosines two rows may have)
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
    """Returns those of every two rows, the largest last."""
    i, j = np.triu_indices(rows.shape[-2], 1)
    products = np.einsum("...id,...jd->...ij", rows, rows)
    return np.sort(products[..., i, j])


@pytest.mark.parametrize("name", OPTIMAL)
def test_it_finds_the_best_arrangement_where_it_is_known(name):
    k, n, possible = OPTIMAL[name]
    found = jax.vmap(lambda key: repulsion(key, k, n))(KEYS)
    distance = np.abs(cosines(found)[..., None] - possible)
    np.testing.assert_allclose(distance.min(-1), 0, atol=3e-3)
    np.testing.assert_allclose(cosines(found)[:, -1], max(possible), atol=1e-3)


def test_more_classes_than_dimensions_stand_farther_apart_than_random():
    rows = repulsion(KEY, 100, 20)
    random = repulsion(KEY, 100, 20, steps=0)
    assert rows.shape == (100, 20) and rows.dtype == np.float32
    np.testing.assert_allclose(jnp.linalg.norm(rows, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(jnp.linalg.norm(random, axis=1), 1, rtol=1e-6)
    assert cosines(rows)[-1] < 0.27 < 0.7 < cosines(random)[-1]


def test_no_step_raises_the_energy():
    energies = [energy(repulsion(KEY, 30, 6, steps=steps)) for steps in (0, 5, 50)]
    assert energies[0] > energies[1] > energies[2]


def test_the_energy_is_that_of_the_equation():
    points = np.asarray(repulsion(KEY, 7, 4, steps=0), np.float64)
    i, j = np.nonzero(~np.eye(7, dtype=bool))
    distances = np.linalg.norm(points[i] - points[j], axis=1)
    expected = np.log(np.mean(distances**-8.0)) / 8
    np.testing.assert_allclose(energy(jnp.asarray(points)), expected, rtol=1e-5)


def test_points_that_coincide_are_finite():
    value, slope = jax.jit(jax.value_and_grad(energy))(jnp.eye(3)[jnp.array([0, 0, 1])])
    assert np.isfinite(value) and np.isfinite(slope).all()


def test_the_key_alone_decides():
    rows = repulsion(KEY, 8, 3, steps=10)
    np.testing.assert_array_equal(repulsion(KEY, 8, 3, steps=10), rows)
    eager = centroids.repulsion(KEY, 8, 3, steps=10)
    np.testing.assert_allclose(eager, rows, atol=1e-4)
    assert np.abs(repulsion(KEYS[0], 8, 3, steps=10) - rows).max() > 0.1


def test_float64_stays_float64():
    with jax.enable_x64(True):
        rows = repulsion(KEY, 4, 3)
    assert rows.dtype == np.float64
    np.testing.assert_allclose(cosines(np.asarray(rows)), -1 / 3, atol=1e-6)


@pytest.mark.parametrize("name, low", [("num_classes", 2), ("dim", 2), ("steps", 0)])
def test_sizes_out_of_range_are_refused(name, low):
    sizes = {"num_classes": 8, "dim": 3, "steps": 1}
    with pytest.raises(ValueError, match=rf"{name} must be at least {low}, got"):
        centroids.repulsion(KEY, **sizes | {name: low - 1})
    with pytest.raises(TypeError, match=rf"{name} must be an integer .* got 4\.0"):
        centroids.repulsion(KEY, **sizes | {name: 4.0})
