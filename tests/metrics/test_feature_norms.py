"""Lengths of features."""

import jax
import numpy as np
import pytest

from adrjax.metrics import feature_norms


def test_is_the_mean_and_the_deviation_of_the_lengths():
    features = np.random.default_rng(0).normal(size=(4, 5, 8))
    norms = np.linalg.norm(features, axis=-1)
    np.testing.assert_allclose(
        jax.jit(feature_norms)(features), (norms.mean(), norms.std()), rtol=1e-5
    )


def test_no_feature_is_refused():
    with pytest.raises(ValueError, match=r"must hold an example, got shape \(0, 8\)"):
        feature_norms(np.zeros((0, 8)))
