"""Entropy of the prediction."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.regularizers import entropy


def test_normalized_entropy_is_the_entropy_by_its_maximum():
    z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    np.testing.assert_allclose(
        entropy(z, normalize=True), entropy(z) / np.log(5), rtol=1e-6
    )
    np.testing.assert_allclose(entropy(np.zeros(5, np.float32)), np.log(5), rtol=1e-6)


@jax.jit
def norms(p):
    """Returns the L1 norm of the gradient for two classes of the probability p."""
    z = jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1)
    return jnp.abs(jax.grad(lambda z: entropy(z).sum())(z)).sum(-1)


def test_gradient_is_largest_at_0_82_of_two_classes():
    """The numbers of the docstring: by the logits it vanishes near certainty."""
    p = np.linspace(0.5, 0.999, 500, dtype=np.float32)
    np.testing.assert_allclose(p[jnp.argmax(norms(p))], 0.82, atol=5e-3)
    expected = [0, 0.195, 0.447, 0.396, 0.091]
    at = np.array([0.5, 0.6, 0.83, 0.9, 0.99], np.float32)
    np.testing.assert_allclose(norms(at), expected, atol=1e-3)


def test_nan_logit_gives_nan():
    z = np.where(np.eye(3, dtype=bool), np.nan, 1.0).astype(np.float32)
    assert np.isnan(entropy(z)).all()
    assert np.isnan(jax.grad(lambda z: entropy(z).sum())(z)).any(axis=-1).all()


def test_one_class_has_no_normalized_entropy():
    assert entropy(np.zeros(1, np.float32)) == 0
    with pytest.raises(ValueError, match="at least 2 classes, got shape"):
        entropy(np.zeros(1, np.float32), normalize=True)
