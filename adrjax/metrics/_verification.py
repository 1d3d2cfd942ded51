"""Verification of pairs by the protocol of Labeled Faces in the Wild (LFW)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks, _vector_checks, _vectors
from adrjax.metrics import _inputs
from adrjax.metrics._roc import cuts
from adrjax.metrics._similarity import cosine_similarity


def verification_accuracy(
    similarities: ArrayLike,
    same: ArrayLike,
    *,
    folds: int = 10,
    thresholds: ArrayLike | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Tells how often pairs are told apart by a threshold chosen on other pairs.

    The pairs are cut into folds in their order, and the threshold for each fold is the
    best one on the others; of equally good ones the strictest.

    The protocol of insightface is this for `similarities = -squared_distance(x, y)` of
    unit features, each the sum of an image's and its mirror image's
    (`mirror_features`), and `thresholds = -jnp.arange(0, 4, 0.01)`: cosines 0.005
    apart, which can miss the best threshold.

    Args:
        similarities: The higher, the more alike, such as cosines, `[pairs]`.
        same: Whether each pair belongs together, bool or 0 and 1, `[pairs]`.
        folds: The number of folds, in 2..pairs; the first are one longer where it does
            not divide the pairs.
        thresholds: The similarities to choose from, from which on pairs are accepted,
            `[n]`. None for all: the best is exact, halfway between two similarities.

    Returns:
        The mean accuracy over the folds and its standard deviation (that of the folds,
        as reported by insightface, not the standard error), `[]` each.

    Raises:
        TypeError: If the similarities or thresholds are not floating or `same` is.
        ValueError: If the shapes do not fit or `folds` is outside 2..pairs.

    Reference:
        Huang et al., Labeled Faces in the Wild, the protocol of View 2; public code:
        verification.py of insightface.
    """
    similarities, same = _inputs.pairs(similarities, same)
    if thresholds is not None:
        thresholds = _inputs.thresholds(thresholds)
    accuracies = []
    for train, test in _folds(similarities.size, folds):
        accepted = similarities >= _best(similarities[train], same[train], thresholds)
        accuracies.append(jnp.mean(accepted[test] == same[test]))
    return jnp.mean(jnp.stack(accuracies)), jnp.std(jnp.stack(accuracies))


def pca_verification_accuracy(
    first: ArrayLike,
    second: ArrayLike,
    same: ArrayLike,
    *,
    components: int | None = None,
    folds: int = 10,
) -> tuple[jax.Array, jax.Array]:
    """Tells how often pairs are told apart by their cosines after PCA.

    As `verification_accuracy`, but for each fold the features are first reduced to
    their principal components, which like the threshold come from the other folds.
    With all components this only subtracts the mean from the features.

    Args:
        first: A feature of each pair, such as the sum of an image's and its mirror
            image's, `[pairs, num_features]`.
        second: The other one.
        same: Whether each pair belongs together, bool `[pairs]`.
        components: How many are kept, in 1..num_features; None for all. The paper does
            not print its number, nor what it was fitted to.
        folds: The number of folds, in 2..pairs.

    Returns:
        The mean accuracy over the folds and its standard deviation, `[]` each.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit, `same` is not bool, `folds` is outside
            2..pairs or `components` outside 1..num_features.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding, section 4.3.
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    pairs = jnp.stack([first, second])
    if components is not None:
        d = first.shape[-1]
        components = _checks.count(
            "components", components, low=1, high=d, of=" (the features)"
        )
    same = _vector_checks.same_or_not(same, first)
    accuracies = []
    for train, test in _folds(same.size, folds):
        similarities = cosine_similarity(*_principal(pairs, train, components))
        accepted = similarities >= _best(similarities[train], same[train])
        accuracies.append(jnp.mean(accepted[test] == same[test]))
    return jnp.mean(jnp.stack(accuracies)), jnp.std(jnp.stack(accuracies))


def validation_rate(
    similarities: ArrayLike, same: ArrayLike, *, far: ArrayLike = 1e-3, folds: int = 10
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Tells how many pairs are accepted where hardly any wrong one is: VAL at FAR.

    The threshold for each fold is the loosest one whose false accept rate on the others
    is at most the wanted one. insightface interpolates it between squared distances
    0.001 apart.

    Args:
        similarities: The higher, the more alike, such as cosines, `[pairs]`.
        same: Whether each pair belongs together, bool or 0 and 1, `[pairs]`.
        far: The false accept rate wanted, in [0, 1].
        folds: The number of folds, in 2..pairs, in the order of the pairs.

    Returns:
        The mean over the folds of the share of pairs of one class that are accepted
        (VAL), its standard deviation, and the mean share of the others that are (FAR),
        `[]` each.

    Raises:
        TypeError: If the similarities are not floating or `same` is.
        ValueError: If the shapes do not fit, the rate is outside [0, 1], `folds` is
            outside 2..pairs, or all pairs of a fold are of one kind.

    Reference:
        Schroff et al., FaceNet, section 4; public code: verification.py of insightface.
    """
    similarities, same = _inputs.pairs(similarities, same)
    far = _checks.between("far", far, 0, 1)
    rates = []
    for fold, (train, test) in enumerate(_folds(similarities.size, folds)):
        _inputs.both_kinds(f"fold {fold} of same", same[test])
        table = cuts(similarities[train], same[train])
        is_strict = table.false_accepts / table.false_accepts[-1] <= far
        places = jnp.arange(table.threshold.size)
        loosest = jnp.max(jnp.where(is_strict & table.is_possible, places, 0))
        accepted = similarities[test] >= table.threshold[loosest]
        rates.append(
            (
                jnp.mean(accepted, where=same[test]),
                jnp.mean(accepted, where=~same[test]),
            )
        )
    true_rates, false_rates = jnp.array(rates).T
    return jnp.mean(true_rates), jnp.std(true_rates), jnp.mean(false_rates)


def _best(similarities, same, thresholds=None):
    """Returns the threshold that tells most pairs apart, the strictest of equals."""
    if thresholds is None:
        table = cuts(similarities, same)
        gain = table.true_accepts - table.false_accepts
        worst = -similarities.size
        return table.threshold[jnp.argmax(jnp.where(table.is_possible, gain, worst))]
    accepted = similarities >= thresholds[:, None]
    return thresholds[jnp.argmax(jnp.sum(accepted == same, axis=1))]


def _principal(pairs, train, components):
    """Returns features less the mean of those of some pairs, in their components."""
    known = pairs[:, train].reshape(-1, pairs.shape[-1])
    mean = jnp.mean(known, axis=0)
    if components is None:
        return pairs - mean
    scatter = _vectors.products((known - mean).T, (known - mean).T)
    _, axes = jnp.linalg.eigh(scatter)
    return _vectors.products(pairs - mean, axes.T[-components:])


def _folds(size, folds):
    """Yields for each fold the places of the other folds' pairs and of its own."""
    folds = _checks.count("folds", folds, low=2, high=size, of=" (the pairs)")
    places = np.arange(size)
    for own in np.array_split(places, folds):
        yield np.delete(places, own), own
