"""The protocol of Labeled Faces in the Wild."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold

from adrjax.metrics import (
    cosine_similarity,
    pca_verification_accuracy,
    validation_rate,
    verification_accuracy,
)

RNG = np.random.default_rng(0)
SAME = RNG.random(600) < 0.5
SIMILARITIES = np.clip(RNG.normal(0.5 * SAME, 0.3), -1, 1).astype(np.float32)


def plain_accuracy(similarities, same, folds=10):
    """Every threshold between two neighbours, from the strictest on."""
    accuracies = []
    for train, test in KFold(folds).split(similarities):
        values = np.unique(similarities[train])[::-1]
        thresholds = [np.inf, *((values[1:] + values[:-1]) / 2), -np.inf]
        right = [((similarities[train] >= t) == same[train]).sum() for t in thresholds]
        best = thresholds[int(np.argmax(right))]
        accuracies.append(((similarities[test] >= best) == same[test]).mean())
    return np.mean(accuracies), np.std(accuracies)


@pytest.mark.parametrize("folds", [2, 7, 10])
def test_is_the_protocol_of_contiguous_folds(folds):
    """7 does not divide 600: the first folds are one longer."""
    np.testing.assert_allclose(
        verification_accuracy(SIMILARITIES, SAME, folds=folds),
        plain_accuracy(SIMILARITIES, SAME, folds),
        rtol=1e-5,
    )


def test_equal_similarities_are_accepted_together():
    rounded = np.round(SIMILARITIES, 1)
    np.testing.assert_allclose(
        verification_accuracy(rounded, SAME), plain_accuracy(rounded, SAME), rtol=1e-5
    )


def test_ten_folds_are_the_default():
    np.testing.assert_array_equal(
        verification_accuracy(SIMILARITIES, SAME),
        verification_accuracy(SIMILARITIES, SAME, folds=10),
    )


def test_the_folds_of_pairs_in_another_order_are_others():
    order = np.argsort(SIMILARITIES)
    assert (
        verification_accuracy(SIMILARITIES[order], SAME[order])[1]
        > verification_accuracy(SIMILARITIES, SAME)[1]
    )


def test_pairs_that_a_threshold_tells_apart_are_all_right():
    similarities = np.where(SAME, 0.7, 0.1) + RNG.uniform(-0.2, 0.2, 600)
    mean, std = verification_accuracy(similarities.astype(np.float32), SAME)
    assert mean == 1 and std == 0


def test_neighbouring_numbers_are_told_apart():
    low = np.float32(0.3)
    similarities = np.where(SAME, np.nextafter(low, np.float32(1)), low)
    assert verification_accuracy(similarities, SAME)[0] == 1
    similarities = np.where(SAME, low, np.nextafter(low, np.float32(-1)))
    assert verification_accuracy(similarities, SAME)[0] == 1


@pytest.mark.parametrize("kind", [True, False])
def test_pairs_of_one_kind_are_all_right(kind):
    assert verification_accuracy(SIMILARITIES, np.full(600, kind))[0] == 1


def grid_accuracy(distances, same):
    """insightface: 0, 0.01, ..., 3.99, smaller is the same."""
    accuracies = []
    for train, test in KFold(10).split(distances):
        grid = np.arange(0, 4, 0.01)
        right = [((distances[train] < t) == same[train]).mean() for t in grid]
        best = grid[int(np.argmax(right))]
        accuracies.append(((distances[test] < best) == same[test]).mean())
    return np.mean(accuracies), np.std(accuracies)


def test_a_grid_of_thresholds_is_the_protocol_of_insightface():
    distances = 2 - 2 * SIMILARITIES
    actual = verification_accuracy(-distances, SAME, thresholds=-jnp.arange(0, 4, 0.01))
    np.testing.assert_allclose(actual, grid_accuracy(distances, SAME), rtol=1e-5)
    exact = verification_accuracy(SIMILARITIES, SAME)
    np.testing.assert_allclose(actual, exact, atol=0.02)


def test_a_grid_can_miss_the_best_threshold():
    close = SIMILARITIES / 400
    grid = verification_accuracy(2 * close - 2, SAME, thresholds=-np.arange(0, 4, 0.01))
    exact = verification_accuracy(close, SAME)
    assert grid[0] < exact[0] - 0.05


def test_thresholds_have_no_order():
    grid = np.linspace(-1, 1, 9, dtype=np.float32)
    np.testing.assert_array_equal(
        verification_accuracy(SIMILARITIES, SAME, thresholds=grid),
        verification_accuracy(SIMILARITIES, SAME, thresholds=RNG.permutation(grid)),
    )
    (accuracy, _) = verification_accuracy(SIMILARITIES, SAME, thresholds=grid[:1])
    np.testing.assert_allclose(accuracy, SAME.mean(), rtol=1e-5)  # accepts all


def test_of_equally_good_thresholds_the_strictest_is_taken():
    similarities, same = np.array([0.9, 0.1, 0.9, 0.5]), np.array([1, 0, 1, 0])
    grid = np.array([0.2, 0.8])  # both are right on fold 0, whose best is tried on 1
    accuracy, _ = verification_accuracy(similarities, same, folds=2, thresholds=grid)
    assert accuracy == 1


def faces():
    """Features of pairs far from the origin, noisy where they vary least."""
    rng = np.random.default_rng(1)
    same = rng.random(300) < 0.5
    first, other = rng.normal(size=(2, 300, 12))
    second = np.where(same[:, None], first, other)
    noise = rng.normal(size=(2, 300, 12))
    signal = np.stack([first, second]) * np.linspace(3, 0, 12)
    return *(signal + noise + 9).astype(np.float32), same


@pytest.mark.parametrize("components", [None, 6, 12])
def test_cosines_after_pca_are_the_definition(components):
    first, second, same = faces()
    accuracies = []
    for train, test in KFold(10).split(same):
        pca = PCA(components).fit(np.concatenate([first[train], second[train]]))
        x, y = (pca.transform(z) for z in (first, second))
        norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
        cosines = (x * y).sum(1) / norms
        best = max(
            np.sort(cosines[train])[::-1],
            key=lambda t: ((cosines[train] >= t) == same[train]).sum(),
        )
        accuracies.append(((cosines[test] >= best) == same[test]).mean())
    actual = pca_verification_accuracy(first, second, same, components=components)
    np.testing.assert_allclose(actual[0], np.mean(accuracies), atol=0.01)
    plain = verification_accuracy(cosine_similarity(first, second), same)
    assert actual[0] > plain[0]


def test_pca_refuses_what_does_not_fit():
    first, second, same = faces()
    with pytest.raises(ValueError, match=r"components must be in 1\.\.12 \(the feat"):
        pca_verification_accuracy(first, second, same, components=13)
    with pytest.raises(ValueError, match=r"the shape of first, \(300, 12\), got \(30"):
        pca_verification_accuracy(first, second[:, :5], same)
    with pytest.raises(ValueError, match=r"same.*\(7,\)"):
        pca_verification_accuracy(first, second, same[:7])


def test_thresholds_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"thresholds must be \[n\], got shape \(0,\)"):
        verification_accuracy(SIMILARITIES, SAME, thresholds=np.zeros(0))


def plain_validation_rate(similarities, same, far):
    rates = []
    for train, test in KFold(10).split(similarities):
        values = np.unique(similarities[train])[::-1]
        thresholds = [np.inf, *((values[1:] + values[:-1]) / 2), -np.inf]
        others = similarities[train][~same[train]]
        loosest = min(t for t in thresholds if (others >= t).mean() <= far)
        accepted = similarities[test] >= loosest
        rates.append((accepted[same[test]].mean(), accepted[~same[test]].mean()))
    rates = np.array(rates)
    return rates[:, 0].mean(), rates[:, 0].std(), rates[:, 1].mean()


@pytest.mark.parametrize("far", [0.0, 1e-3, 0.05, 0.3, 1.0])
def test_validation_rate_is_the_definition(far):
    np.testing.assert_allclose(
        validation_rate(SIMILARITIES, SAME, far=far),
        plain_validation_rate(SIMILARITIES, SAME, far),
        rtol=1e-5,
    )


def test_the_false_accept_rate_is_about_the_one_wanted():
    same = np.tile([True, False], 20_000)
    similarities = RNG.normal(2 * same).astype(np.float32)
    rate, _, far = validation_rate(similarities, same, far=0.01)
    np.testing.assert_allclose(far, 0.01, atol=2e-3)
    np.testing.assert_allclose(rate, 0.372, atol=0.02)  # 1 - Phi(2.326 - 2)


def test_validation_rate_has_its_defaults():
    np.testing.assert_array_equal(
        validation_rate(SIMILARITIES, SAME),
        validation_rate(SIMILARITIES, SAME, far=1e-3, folds=10),
    )
    assert (
        validation_rate(SIMILARITIES, SAME, folds=2)[0]
        != validation_rate(SIMILARITIES, SAME)[0]
    )


def test_zeros_and_ones_are_as_good_as_bools():
    np.testing.assert_array_equal(
        verification_accuracy(SIMILARITIES, SAME.astype(np.int32)),
        verification_accuracy(SIMILARITIES, SAME),
    )


def test_jit():
    for metric in (verification_accuracy, validation_rate):
        np.testing.assert_allclose(
            jax.jit(metric)(SIMILARITIES, jnp.asarray(SAME)),
            metric(SIMILARITIES, SAME),
            rtol=1e-6,
        )


@pytest.mark.parametrize("metric", [verification_accuracy, validation_rate])
def test_wrong_pairs_are_refused(metric):
    with pytest.raises(ValueError, match=r"both be \[pairs\], got .*600,\) and \(5,\)"):
        metric(SIMILARITIES, SAME[:5])
    with pytest.raises(TypeError, match="same must be integer classes, got float"):
        metric(SIMILARITIES, SAME.astype(np.float32))
    with pytest.raises(ValueError, match=r"same must lie in 0\.\.1 .*, got -1\.\.1"):
        metric(SIMILARITIES, np.where(SAME, 1, -1))
    with pytest.raises(TypeError, match="similarities must be floating, got bool"):
        metric(SAME, SAME)
    for folds in (1, 601):
        with pytest.raises(
            ValueError, match=rf"folds must be in 2\.\.600 .* got {folds}"
        ):
            metric(SIMILARITIES, SAME, folds=folds)


def test_a_fold_of_one_kind_has_no_validation_rate():
    with pytest.raises(ValueError, match=r"fold 1 of same .* both kinds, got 60 that"):
        validation_rate(SIMILARITIES, np.arange(600) % 600 >= 50)


def test_a_false_accept_rate_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match=r"far must be in \[0, 1\], got 2"):
        validation_rate(SIMILARITIES, SAME, far=2.0)
