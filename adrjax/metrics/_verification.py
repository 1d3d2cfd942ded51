"""Verification of pairs by the protocol of Labeled Faces in the Wild (LFW)."""

import functools
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks, _vector_checks, _vectors
from adrjax.metrics import _inputs
from adrjax.metrics._nan import nan_of
from adrjax.metrics._roc import cuts, finite, ranked
from adrjax.metrics._similarity import cosine_similarity, squared_distance

Similarity = Literal["cosine", "l2"]


def verification_accuracy(
    similarities: ArrayLike,
    same: ArrayLike,
    *,
    folds: int = 10,
    fold: int | None = None,
    thresholds: ArrayLike | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Verification accuracy of pairs, cross-validated over folds (LFW's View 2).

    The pairs are cut into consecutive folds. Each fold's pairs are accepted if their
    similarity reaches the threshold that is best on the other folds; of equally good
    thresholds the strictest counts.

    The protocol of insightface is this for `similarities = -squared_distance(x, y)` of
    unit features, each the sum of an image's and its mirror image's
    (`data.augment.mirror_features`), and `thresholds = -jnp.arange(0, 4, 0.01)`. These
    are cosines 0.005 apart, which can miss the best threshold.

    Args:
        similarities: Similarities of pairs, the higher the more alike, such as cosines,
            `[pairs]`.
        same: Whether each pair is of one class, bool or 0 and 1, `[pairs]`.
        folds: The number of folds, in 2..pairs. If it does not divide the number of
            pairs, the first folds have one pair more.
        fold: The only fold to test on, in 0..folds - 1, if the other folds belong to
            the training; None for the mean over all folds.
        thresholds: The candidates for the threshold, `[n]`. None for all: the best one
            is exact, halfway between two similarities.

    Returns:
        The mean accuracy over the folds and its standard deviation over the folds
        (divided by the number of folds, as in insightface; not the standard error),
        `[]` each.

    Raises:
        TypeError: If the similarities or thresholds are not floating, or `same` is
            floating.
        ValueError: If the shapes do not fit, a threshold is NaN, `folds` is outside of
            2..pairs, or `fold` is outside of 0..folds - 1.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> similarities = jnp.array([0.9, 0.2, 0.8, 0.1])
        >>> same = jnp.array([True, False, True, False])
        >>> mean, std = metrics.verification_accuracy(similarities, same, folds=2)
        >>> float(mean), float(std)
        (1.0, 0.0)

    Reference:
        Huang et al., Labeled Faces in the Wild, the protocol of View 2; public code:
        verification.py of insightface.
    """
    similarities, same = _inputs.pairs(similarities, same)
    nan, fold_of = nan_of(similarities), _fold_of_pairs(similarities.size, folds)
    similarities = finite(similarities)
    if thresholds is None:
        similarities, same, fold_of = ranked(similarities, same, jnp.asarray(fold_of))
        best = _best_cut
    else:
        best = functools.partial(_best_of, _inputs.thresholds(thresholds))

    def accuracy(k: jax.Array) -> jax.Array:
        is_accepted = similarities >= best(similarities, same, fold_of != k)
        return jnp.mean(is_accepted == same, where=fold_of == k)

    return _mean_and_std(jax.lax.map(accuracy, _tested(fold, folds)) + nan)


def pca_verification_accuracy(
    first: ArrayLike,
    second: ArrayLike,
    same: ArrayLike,
    *,
    components: int | None = None,
    similarity: Similarity = "cosine",
    folds: int = 10,
    fold: int | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Verification accuracy of features after PCA, by cosines or L2 distances.

    This is `verification_accuracy`, but each fold's features are first reduced to the
    principal components of the other folds. With all components PCA only subtracts the
    mean.

    Args:
        first: One feature of each pair, such as the sum of an image's and its mirror
            image's, `[pairs, num_features]`.
        second: The other one, of the same shape.
        same: Whether each pair is of one class, bool `[pairs]`.
        components: The number of components, in 1..num_features; None for all. The
            paper prints neither the number nor the images that PCA was fitted to.
        similarity: What pairs are compared by after PCA: "cosine", or "l2", minus
            the squared L2 distance.
        folds: The number of folds, in 2..pairs.
        fold: The only fold to test on, in 0..folds - 1, if the other folds belong to
            the training; None for the mean over all folds.

    Returns:
        The mean accuracy over the folds and its standard deviation, `[]` each.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit, `same` is not bool, `similarity` is
            another word, `components` is outside of 1..num_features, `folds` is outside
            of 2..pairs, or `fold` is outside of 0..folds - 1.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> first = jnp.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
        >>> second = first[jnp.array([0, 0, 0, 0])]
        >>> same = jnp.array([True, False, True, False])
        >>> mean, _ = metrics.pca_verification_accuracy(first, second, same, folds=2)
        >>> float(mean)
        1.0

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding, section 4.3 and Fig. 6a.
    """
    _checks.one_of("similarity", similarity, ("cosine", "l2"))
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    pairs = jnp.stack([first, second])
    if components is not None:
        d = first.shape[-1]
        components = _checks.count(
            "components", components, low=1, high=d, of=" (the features)"
        )
    same = _vector_checks.same_or_not(same, first)
    fold_of = _fold_of_pairs(same.size, folds)

    def accuracy(k: jax.Array) -> jax.Array:
        projected = _principal(pairs, fold_of != k, components)
        if similarity == "cosine":
            similarities = cosine_similarity(*projected)
        else:
            similarities = -squared_distance(*projected)
        best = _best_cut(*ranked(similarities, same, fold_of != k))
        is_accepted = similarities >= best
        is_right = jnp.mean(is_accepted == same, where=fold_of == k)
        return is_right + nan_of(similarities)

    return _mean_and_std(jax.lax.map(accuracy, _tested(fold, folds)))


def validation_rate(
    similarities: ArrayLike, same: ArrayLike, *, far: ArrayLike = 1e-3, folds: int = 10
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Validation rate (VAL) at a false accept rate (FAR), also called TAR at FAR.

    Each fold's threshold is the loosest one whose false accept rate on the other folds
    is at most `far`. insightface interpolates it between squared distances 0.001 apart.

    Args:
        similarities: Similarities of pairs, the higher the more alike, such as cosines,
            `[pairs]`.
        same: Whether each pair is of one class, bool or 0 and 1, `[pairs]`.
        far: The largest false accept rate, in [0, 1].
        folds: The number of folds, in 2..pairs. They are consecutive pairs.

    Returns:
        The mean over the folds of the share of accepted pairs of one class (VAL), its
        standard deviation over the folds, and the mean share of accepted pairs of two
        classes (FAR), `[]` each.

    Raises:
        TypeError: If the similarities are not floating, or `same` is floating.
        ValueError: If the shapes do not fit, `far` is outside of [0, 1], `folds` is
            outside of 2..pairs, or all pairs of a fold are of one kind.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> similarities = jnp.array([0.9, 0.2, 0.4, 0.1])
        >>> same = jnp.array([True, False, True, False])
        >>> rates = metrics.validation_rate(similarities, same, far=0.1, folds=2)
        >>> [float(x) for x in rates]  # VAL, its deviation, FAR
        [0.5, 0.5, 0.0]

    Reference:
        Schroff et al., FaceNet, section 4; public code: verification.py of insightface.
    """
    similarities, same = _inputs.pairs(similarities, same)
    far = _checks.between("far", far, 0, 1, like=similarities)
    nan, fold = nan_of(similarities), _fold_of_pairs(similarities.size, folds)
    if (known := _checks.values(same)) is not None:
        for k in range(folds):
            _inputs.both_kinds(f"fold {k} of same", known[fold == k])
    similarities, same, fold = ranked(finite(similarities), same, jnp.asarray(fold))
    places = jnp.arange(similarities.size + 1)

    def rates(k: jax.Array) -> tuple[jax.Array, jax.Array]:
        table = cuts(similarities, same, fold != k)
        false_accepts = table.false_accepts.astype(far.dtype)
        is_strict = false_accepts / false_accepts[-1] <= far
        loosest = jnp.max(jnp.where(is_strict & table.is_possible, places, 0))
        is_accepted, is_here = similarities >= table.threshold[loosest], fold == k
        return (
            jnp.mean(is_accepted, where=is_here & same),
            jnp.mean(is_accepted, where=is_here & ~same),
        )

    true_rates, false_rates = jax.lax.map(rates, jnp.arange(folds))
    return *_mean_and_std(true_rates + nan), jnp.mean(false_rates + nan)


def _tested(fold: int | None, folds: int) -> jax.Array:
    """Returns the folds to test on."""
    if fold is None:
        return jnp.arange(folds)
    return jnp.array([_checks.count("fold", fold, low=0, high=folds - 1)])


def _mean_and_std(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.mean(x), jnp.std(x)


def _best_cut(
    similarities: jax.Array, same: jax.Array, counted: jax.Array
) -> jax.Array:
    """Returns the most accurate threshold of ranked pairs, the strictest of equals."""
    table = cuts(similarities, same, counted)
    gain = table.true_accepts - table.false_accepts
    worst = -similarities.size
    return table.threshold[jnp.argmax(jnp.where(table.is_possible, gain, worst))]


def _best_of(
    thresholds: jax.Array, similarities: jax.Array, same: jax.Array, counted: jax.Array
) -> jax.Array:
    """Returns the most accurate of descending thresholds, the strictest of equals."""
    is_accepted = similarities[None] >= thresholds[:, None]
    right = jnp.sum(is_accepted == same[None], axis=1, where=counted[None])
    return thresholds[jnp.argmax(right)]


def _principal(
    pairs: jax.Array, counted: jax.Array, components: int | None
) -> jax.Array:
    """Returns all pairs in the principal components of the counted ones."""
    counted = counted[None, :, None]
    pairs -= jnp.mean(pairs, axis=(0, 1), where=counted, keepdims=True)
    if components is None:
        return pairs
    known = jnp.where(counted, pairs, 0).reshape(-1, pairs.shape[-1])
    _, axes = jnp.linalg.eigh(_vectors.inner_products(known.T, known.T))
    return _vectors.inner_products(pairs, axes.T[-components:])


def _fold_of_pairs(size: int, folds: int) -> np.ndarray:
    """Returns the fold of each pair, `[pairs]`, in order."""
    folds = _checks.count("folds", folds, low=2, high=size, of=" (the pairs)")
    sizes = [len(part) for part in np.array_split(np.arange(size), folds)]
    return np.repeat(np.arange(folds), sizes)
