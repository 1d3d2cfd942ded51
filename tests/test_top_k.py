"""`top_k`, by blocks and by merging, agrees with `jax.lax.top_k`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax._top_k import _by_merging, _num_blocks, top_k

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "n, k", [(7, 2), (600, 1), (1000, 5), (1009, 5), (4096, 2), (4096, 7)]
)
def test_values_and_indices_with_and_without_ties(n, k):
    x = np.concatenate([RNG.integers(m, size=(20, n)) for m in (4, 50, 10**6)])
    x = x.astype(np.float32)
    values, indices = jax.jit(lambda x: top_k(x, k))(x)
    expected = jax.lax.top_k(x, k)
    np.testing.assert_array_equal(np.sort(values), np.sort(expected[0]))
    np.testing.assert_array_equal(np.sort(indices), np.sort(expected[1]))
    np.testing.assert_array_equal(
        np.take_along_axis(x, np.asarray(indices), -1), values
    )


@pytest.mark.parametrize("n, k", [(7, 1), (16, 2), (100, 5), (20, 16)])
def test_merging_returns_the_elements_in_order(n, k):
    x = np.concatenate([RNG.integers(m, size=(20, n)) for m in (4, 50, 10**6)])
    x = np.concatenate([x, np.full((1, n), -np.inf)]).astype(np.float32)
    parts = jax.jit(_by_merging, static_argnums=1)(x, k)
    values, indices = (np.concatenate(x, axis=-1) for x in zip(*parts, strict=True))
    expected = jax.lax.top_k(x, k)
    np.testing.assert_array_equal(values, expected[0])
    np.testing.assert_array_equal(indices, expected[1])


def test_the_gradient_of_merging_is_that_of_top_k():
    x = RNG.normal(size=(3, 10)).astype(np.float32)

    def by_merging(x):
        return jnp.concatenate([part.values for part in _by_merging(x, 3)], axis=-1)

    def by_sorting(x):
        return jax.lax.top_k(x, 3)[0]

    def total(x, top):
        return jnp.sum(jnp.sin(top(x)) * jnp.array([[1.0, 2.0, 3.0]]))

    actual, expected = (
        jax.hessian(functools.partial(total, top=f))(x)
        for f in (by_merging, by_sorting)
    )
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@pytest.mark.parametrize("k, sorts", [(2, False), (16, False), (17, True)])
def test_no_row_is_sorted_on_an_nvidia_gpu(k, sorts):
    traced = jax.jit(lambda x: top_k(x, k)).trace(np.zeros((4, 1000), np.float32))
    text = traced.lower(lowering_platforms=("cuda",)).as_text()
    assert ("top_k" in text.replace("@top_k", "")) == sorts
    assert "stablehlo.sort" not in text


def test_prime_length_has_no_blocks():
    assert _num_blocks(1009, 5) is None
    assert 1000 % _num_blocks(1000, 5) == 0


def test_any_leading_shape():
    x = RNG.normal(size=(2, 3, 1000)).astype(np.float32)
    values, indices = top_k(x, 3)
    assert values.shape == indices.shape == (2, 3, 3)
    np.testing.assert_array_equal(values, jax.vmap(lambda x: top_k(x, 3)[0])(x))
    assert top_k(x[0, 0], 3)[0].shape == (3,)


def test_infinite_and_equal_logits():
    x = np.full((2, 1000), -np.inf, np.float32)
    x[0, 700] = 1.0
    np.testing.assert_array_equal(np.sort(top_k(x, 3)[1]), [[0, 1, 700], [0, 1, 2]])
