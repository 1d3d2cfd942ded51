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

accuracy = jax.jit(verification_accuracy, static_argnames=("folds", "fold"))
rate = jax.jit(validation_rate, static_argnames="folds")
pca_accuracy = jax.jit(
    pca_verification_accuracy, static_argnames=("components", "similarity", "fold")
)


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


@pytest.mark.parametrize("folds", [pytest.param(2, marks=pytest.mark.long), 7, 10])
def test_verification_accuracy_is_the_protocol_of_contiguous_folds(folds):
    """7 does not divide 600: the first folds are one longer."""
    np.testing.assert_allclose(
        accuracy(SIMILARITIES, SAME, folds=folds),
        plain_accuracy(SIMILARITIES, SAME, folds),
        rtol=1e-5,
    )


def test_verification_accuracy_accepts_equal_similarities_together():
    rounded = np.round(SIMILARITIES, 1)
    np.testing.assert_allclose(
        accuracy(rounded, SAME), plain_accuracy(rounded, SAME), rtol=1e-5
    )


def test_verification_accuracy_depends_on_the_order_of_the_pairs():
    order = np.argsort(SIMILARITIES)
    sorted_std = accuracy(SIMILARITIES[order], SAME[order])[1]
    assert sorted_std > accuracy(SIMILARITIES, SAME)[1]


def test_verification_accuracy_of_separable_pairs_is_one():
    similarities = np.where(SAME, 0.7, 0.1) + RNG.uniform(-0.2, 0.2, 600)
    mean, std = accuracy(similarities.astype(np.float32), SAME)
    assert mean == 1 and std == 0


def test_verification_accuracy_separates_neighbouring_numbers():
    low = np.float32(0.3)
    similarities = np.where(SAME, np.nextafter(low, np.float32(1)), low)
    assert accuracy(similarities, SAME)[0] == 1
    similarities = np.where(SAME, low, np.nextafter(low, np.float32(-1)))
    assert accuracy(similarities, SAME)[0] == 1


@pytest.mark.parametrize("kind", [True, False])
def test_verification_accuracy_of_pairs_of_one_kind_is_one(kind):
    assert accuracy(SIMILARITIES, np.full(600, kind))[0] == 1
    infinite = np.full(600, np.inf if kind else -np.inf, np.float32)
    assert accuracy(infinite, np.full(600, kind))[0] == 1
    assert accuracy(-infinite, np.full(600, kind))[0] == 1


def grid_accuracy(distances, same):
    """insightface: 0, 0.01, ..., 3.99, smaller is the same."""
    accuracies = []
    for train, test in KFold(10).split(distances):
        grid = np.arange(0, 4, 0.01)
        right = [((distances[train] < t) == same[train]).mean() for t in grid]
        best = grid[int(np.argmax(right))]
        accuracies.append(((distances[test] < best) == same[test]).mean())
    return np.mean(accuracies), np.std(accuracies)


def test_verification_accuracy_of_a_grid_is_the_protocol_of_insightface():
    distances = 2 - 2 * SIMILARITIES
    actual = accuracy(-distances, SAME, thresholds=-jnp.arange(0, 4, 0.01))
    np.testing.assert_allclose(actual, grid_accuracy(distances, SAME), rtol=1e-5)
    exact = accuracy(SIMILARITIES, SAME)
    np.testing.assert_allclose(actual, exact, atol=0.02)


def test_verification_accuracy_of_a_grid_can_miss_the_best_threshold():
    close = SIMILARITIES / 400
    grid = accuracy(2 * close - 2, SAME, thresholds=-jnp.arange(0, 4, 0.01))
    exact = accuracy(close, SAME)
    assert grid[0] < exact[0] - 0.05


def test_verification_accuracy_takes_thresholds_in_any_order():
    grid = np.linspace(-1, 1, 9, dtype=np.float32)
    np.testing.assert_array_equal(
        accuracy(SIMILARITIES, SAME, thresholds=grid),
        accuracy(SIMILARITIES, SAME, thresholds=RNG.permutation(grid)),
    )
    mean, _ = accuracy(SIMILARITIES, SAME, thresholds=np.full(9, -1.0))
    np.testing.assert_allclose(mean, SAME.mean(), rtol=1e-5)  # accepts all


def test_verification_accuracy_takes_the_strictest_of_equally_good_thresholds():
    similarities, same = np.array([0.9, 0.1, 0.9, 0.5]), np.array([1, 0, 1, 0])
    grid = np.array([0.2, 0.8])  # both are right on fold 0, whose best is tried on 1
    mean, _ = accuracy(similarities, same, folds=2, thresholds=grid)
    assert mean == 1


def test_verification_of_nan_is_nan():
    similarities = np.where(np.arange(600) == 7, np.nan, SIMILARITIES)
    assert np.isnan(accuracy(similarities, SAME)).all()
    assert np.isnan(rate(similarities, SAME)).all()
    first, second, same = faces()
    first[7] = np.nan
    assert np.isnan(pca_accuracy(first, second, same, components=None)).all()


def faces():
    """Features of pairs far from the origin, noisy where they vary least."""
    rng = np.random.default_rng(1)
    same = rng.random(300) < 0.5
    first, other = rng.normal(size=(2, 300, 12))
    second = np.where(same[:, None], first, other)
    noise = rng.normal(size=(2, 300, 12))
    signal = np.stack([first, second]) * np.linspace(3, 0, 12)
    return *(signal + noise + 9).astype(np.float32), same


def cosines_of(x, y):
    return (x * y).sum(1) / (np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1))


def distances_of(x, y):
    return -((x - y) ** 2).sum(1)


@pytest.mark.parametrize(
    ("components", "similarity"),
    [
        (None, "cosine"),
        pytest.param(6, "cosine", marks=pytest.mark.long),
        (12, "cosine"),
        (6, "l2"),
    ],
)
def test_pca_verification_accuracy_is_its_definition(components, similarity):
    first, second, same = faces()
    similarities_of = cosines_of if similarity == "cosine" else distances_of
    accuracies = []
    for train, test in KFold(10).split(same):
        pca = PCA(components).fit(np.concatenate([first[train], second[train]]))
        x, y = (pca.transform(z) for z in (first, second))
        similarities = similarities_of(x, y)
        best = max(
            np.sort(similarities[train])[::-1],
            key=lambda t: ((similarities[train] >= t) == same[train]).sum(),
        )
        accuracies.append(((similarities[test] >= best) == same[test]).mean())
    options = {"components": components, "similarity": similarity}
    actual = pca_accuracy(first, second, same, **options)
    np.testing.assert_allclose(actual[0], np.mean(accuracies), atol=0.01)
    one, std = pca_accuracy(first, second, same, **options, fold=3)
    np.testing.assert_allclose(one, accuracies[3], atol=0.04)  # a pair of 30
    assert std == 0
    if similarity == "cosine":
        plain = accuracy(cosine_similarity(first, second), same)
        assert actual[0] > plain[0]


def test_verification_accuracy_of_one_fold_has_the_threshold_of_the_others():
    ones = [accuracy(SIMILARITIES, SAME, fold=k) for k in (0, 9)]
    assert [float(std) for _, std in ones] == [0, 0]
    others = SIMILARITIES[60:], SAME[60:]
    values = np.unique(others[0])[::-1]
    thresholds = [np.inf, *((values[1:] + values[:-1]) / 2), -np.inf]
    right = [((others[0] >= t) == others[1]).sum() for t in thresholds]
    best = thresholds[int(np.argmax(right))]
    expected = ((SIMILARITIES[:60] >= best) == SAME[:60]).mean()
    np.testing.assert_allclose(ones[0][0], expected, rtol=1e-6)


@pytest.mark.parametrize("fold", [-1, 10])
def test_verification_accuracy_fold_must_be_one_of_the_folds(fold):
    with pytest.raises(ValueError, match=rf"fold must be in 0\.\.9, got {fold}"):
        verification_accuracy(SIMILARITIES, SAME, fold=fold)


def test_pca_verification_accuracy_refuses_what_does_not_fit():
    first, second, same = faces()
    with pytest.raises(ValueError, match=r"components must be in 1\.\.12 \(the feat"):
        pca_verification_accuracy(first, second, same, components=13)
    with pytest.raises(ValueError, match=r"the shape of first, \(300, 12\), got \(30"):
        pca_verification_accuracy(first, second[:, :5], same)
    with pytest.raises(ValueError, match=r"same.*\(7,\)"):
        pca_verification_accuracy(first, second, same[:7])
    with pytest.raises(ValueError, match="similarity must be"):
        pca_verification_accuracy(first, second, same, similarity="dot")


@pytest.mark.parametrize(
    "thresholds, message",
    [
        (np.zeros(0), r"must be \[n\], got shape \(0,\)"),
        (0.5, r"must be \[n\], got shape \(\)"),
        ([0.1, np.nan], "must be numbers, got NaN"),
    ],
)
def test_verification_accuracy_refuses_thresholds(thresholds, message):
    with pytest.raises(ValueError, match=f"thresholds {message}"):
        verification_accuracy(SIMILARITIES, SAME, thresholds=thresholds)


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
        rate(SIMILARITIES, SAME, far=far),
        plain_validation_rate(SIMILARITIES, SAME, far),
        rtol=1e-5,
    )


@pytest.mark.long
def test_validation_rate_has_about_the_given_false_accept_rate():
    same = np.tile([True, False], 20_000)
    similarities = RNG.normal(2 * same).astype(np.float32)
    val, _, far = rate(similarities, same, far=0.01)
    np.testing.assert_allclose(far, 0.01, atol=2e-3)
    np.testing.assert_allclose(val, 0.372, atol=0.02)  # 1 - Phi(2.326 - 2)


@pytest.mark.parametrize("metric", [verification_accuracy, validation_rate])
def test_verification_refuses_wrong_pairs(metric):
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


def test_validation_rate_refuses_a_fold_of_one_kind():
    with pytest.raises(ValueError, match=r"fold 1 of same .* got 60 pairs of one clas"):
        validation_rate(SIMILARITIES, np.arange(600) % 600 >= 50)


@pytest.mark.parametrize("far", [2.0, -1, np.nan])
def test_validation_rate_refuses_a_false_accept_rate_that_is_not_a_share(far):
    with pytest.raises(ValueError, match=r"far must be in \[0, 1\], got"):
        validation_rate(SIMILARITIES, SAME, far=far)
