"""Verification of pairs by the protocol of Labeled Faces in the Wild (LFW)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.metrics import _inputs
from adrjax.metrics._roc import cuts


def verification_accuracy(
    similarities: ArrayLike, same: ArrayLike, *, folds: int = 10
) -> tuple[jax.Array, jax.Array]:
    """Tells how often pairs are told apart by a threshold chosen on other pairs.

    The pairs are cut into folds in their order, and the threshold for each fold is the
    best one on the others; of equally good ones the strictest. It is exact, halfway
    between two similarities. insightface tries squared distances 0, 0.01, ..., 3.99 of
    unit features, cosines 0.005 apart, and so can miss the best threshold.

    Args:
        similarities: The higher, the more alike, such as cosines, `[pairs]`.
        same: Whether each pair belongs together, bool or 0 and 1, `[pairs]`.
        folds: The number of folds, in 2..pairs; the first are one longer where it does
            not divide the pairs.

    Returns:
        The mean accuracy over the folds and its standard deviation (that of the folds,
        as reported by insightface, not the standard error), `[]` each.

    Raises:
        TypeError: If the similarities are not floating or `same` is.
        ValueError: If the shapes do not fit or `folds` is outside 2..pairs.

    Reference:
        Huang et al., Labeled Faces in the Wild, the protocol of View 2; public code:
        verification.py of insightface.
    """
    similarities, same = _inputs.pairs(similarities, same)
    accuracies = []
    for train, test in _folds(similarities.size, folds):
        table = cuts(similarities[train], same[train])
        gain = table.true_accepts - table.false_accepts
        best = jnp.argmax(jnp.where(table.is_possible, gain, -similarities.size))
        accepted = similarities[test] >= table.threshold[best]
        accuracies.append(jnp.mean(accepted == same[test]))
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


def _folds(size, folds):
    """Yields for each fold the places of the other folds' pairs and of its own."""
    folds = _checks.count("folds", folds, low=2, high=size, of=" (the pairs)")
    places = np.arange(size)
    for own in np.array_split(places, folds):
        yield np.delete(places, own), own
