"""The receiver operating characteristic."""

import jax
import numpy as np
import pytest
from sklearn import metrics as sklearn

from adrjax.metrics import roc_curve
from tests.metrics.table import SAME, SIMILARITIES

compiled = jax.jit(roc_curve)


@pytest.mark.parametrize("decimals", [7, 1, 0])
def test_roc_curve_has_the_points_of_scikit_learn(decimals):
    """With ties too, apart from repeated points."""
    similarities = np.round(SIMILARITIES, decimals)
    actual = np.unique(np.stack(compiled(similarities, SAME), axis=1), axis=0)
    expected = sklearn.roc_curve(SAME, similarities, drop_intermediate=False)
    expected = np.unique(np.stack(expected, axis=1), axis=0)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_roc_curve_encloses_the_area_of_scikit_learn():
    false_rate, true_rate, _ = compiled(SIMILARITIES, SAME)
    np.testing.assert_allclose(
        np.trapezoid(true_rate, false_rate),
        sklearn.roc_auc_score(SAME, SIMILARITIES),
        rtol=1e-5,
    )


def test_roc_curve_with_infinite_similarities_runs_from_corner_to_corner():
    similarities = np.where(SIMILARITIES > 1, np.inf, SIMILARITIES)
    similarities = np.where(SIMILARITIES < 0, -np.inf, similarities)
    false_rate, true_rate, _ = compiled(similarities, SAME)
    assert false_rate[0] == true_rate[0] == 0 and false_rate[-1] == true_rate[-1] == 1
    reached = np.mean(SIMILARITIES[SAME] > 1)
    assert np.abs(true_rate - reached).min() < 1e-6


def test_roc_curve_of_nan_is_nan():
    similarities = np.where(np.arange(60) == 7, np.nan, SIMILARITIES)
    assert np.isnan(np.stack(compiled(similarities, SAME))).all()


def test_roc_curve_reads_traced_minus_one_as_different():
    signed = np.where(SAME, 1, -1)
    for a, b in zip(
        compiled(SIMILARITIES, signed), compiled(SIMILARITIES, SAME), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind, count", [(True, 60), (False, 0)])
def test_roc_curve_refuses_pairs_of_one_kind(kind, count):
    message = f"same must hold pairs of one class and.*got {count} pairs.*among 60"
    with pytest.raises(ValueError, match=message):
        roc_curve(SIMILARITIES, np.full(60, kind))
