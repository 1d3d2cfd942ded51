"""The receiver operating characteristic."""

import jax
import numpy as np
import pytest
from sklearn import metrics as sklearn

from adrjax.metrics import roc_curve

RNG = np.random.default_rng(0)
SAME = RNG.random(200) < 0.4
SIMILARITIES = RNG.normal(SAME).astype(np.float32)


@pytest.mark.parametrize("decimals", [7, 1, 0])
def test_its_points_are_those_of_scikit_learn(decimals):
    """With ties too, but for the points that are repeated."""
    similarities = np.round(SIMILARITIES, decimals)
    actual = np.unique(np.stack(roc_curve(similarities, SAME), axis=1), axis=0)
    expected = sklearn.roc_curve(SAME, similarities, drop_intermediate=False)
    expected = np.unique(np.stack(expected, axis=1), axis=0)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_its_area_is_that_of_scikit_learn():
    false_rate, true_rate, _ = roc_curve(SIMILARITIES, SAME)
    np.testing.assert_allclose(
        np.trapezoid(true_rate, false_rate),
        sklearn.roc_auc_score(SAME, SIMILARITIES),
        rtol=1e-5,
    )


def test_jit_and_shapes_that_do_not_depend_on_values():
    for similarities in (SIMILARITIES, np.round(SIMILARITIES)):
        traced = jax.jit(roc_curve)(similarities, SAME)
        for actual, expected in zip(traced, roc_curve(similarities, SAME), strict=True):
            assert actual.shape == (201,)
            np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("kind, count", [(True, 200), (False, 0)])
def test_pairs_of_one_kind_are_refused(kind, count):
    with pytest.raises(ValueError, match=f"both kinds, got {count} that .* of 200"):
        roc_curve(SIMILARITIES, np.full(200, kind))
