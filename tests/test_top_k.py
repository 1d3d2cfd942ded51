"""`top_k` by blocks agrees with `jax.lax.top_k`."""

import jax
import numpy as np
import pytest

from adrjax._top_k import _num_blocks, top_k

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
