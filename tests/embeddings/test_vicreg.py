"""VICReg: the authors' weights, small batches, NaN."""

import jax
import numpy as np

from adrjax import embeddings

vicreg = jax.jit(embeddings.vicreg)
FIRST, SECOND = np.random.default_rng(0).normal(size=(2, 6, 5)).astype(np.float32)


def test_vicreg_with_the_weights_of_the_authors_code_is_their_loss():
    """MSE over the dimensions too, and half of each standard deviation's hinge."""
    dim = FIRST.shape[1]

    def terms(z):
        c = np.cov(z, rowvar=False)
        hinge = np.maximum(1 - np.sqrt(z.var(axis=0, ddof=1) + 1e-4), 0).mean() / 2
        return 25 * hinge + (np.sum(c**2) - np.sum(np.diag(c) ** 2)) / dim

    expected = 25 * np.mean((FIRST - SECOND) ** 2) + terms(FIRST) + terms(SECOND)
    actual = vicreg(FIRST, SECOND, lam=25 / dim, mu=12.5)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_vicreg_of_collapsed_views_or_no_examples_is_its_variance_term():
    for shape in [(6, 5), (1, 5), (0, 5)]:
        views = np.ones(shape), np.ones(shape)
        value, slope = jax.jit(jax.value_and_grad(vicreg))(*views)
        np.testing.assert_allclose(value, 2 * 25 * (1 - 1e-2), rtol=1e-6)
        assert np.isfinite(slope).all()


def test_vicreg_of_a_nan_is_nan():
    x = np.array(FIRST)
    x[2, 3] = np.nan
    assert np.isnan(vicreg(x, SECOND)) and np.isnan(vicreg(x[2:3], SECOND[2:3]))
