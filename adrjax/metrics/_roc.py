"""Receiver operating characteristic (ROC) of pairs."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.metrics import _inputs
from adrjax.metrics._nan import nan_of


class Cuts(NamedTuple):
    """The results of accepting the i most similar pairs, i = 0..pairs.

    Attributes:
        true_accepts: How many of them are of one class, `[pairs + 1]`.
        false_accepts: How many are of two classes, `[pairs + 1]`.
        threshold: Halfway between the last accepted and the first rejected similarity;
            pairs at or above it are accepted, `[pairs + 1]`.
        is_possible: Whether those two similarities differ, bool `[pairs + 1]`.
    """

    true_accepts: jax.Array
    false_accepts: jax.Array
    threshold: jax.Array
    is_possible: jax.Array


def finite(similarities: jax.Array) -> jax.Array:
    """Returns similarities without infinities, with room beyond both ends."""
    end = float(jnp.finfo(similarities.dtype).max) / 2
    return jnp.clip(similarities, -end, end)


def ranked(
    similarities: jax.Array, same: jax.Array, *others: jax.Array
) -> tuple[jax.Array, ...]:
    """Returns the arguments in the order of the similarities, the largest first."""
    order = jnp.argsort(similarities, descending=True)
    return tuple(x[order] for x in (similarities, same, *others))


def cuts(similarities: jax.Array, same: jax.Array, counted: jax.Array) -> Cuts:
    """Returns every way to accept the most similar of the counted pairs.

    Args:
        similarities: Finite, in descending order, `[pairs]`.
        same: Whether each pair is of one class, bool `[pairs]`.
        counted: Which pairs count, bool `[pairs]`.
    """
    # Halfway to the ends, and not to infinity, lies a number beyond all similarities.
    end = float(jnp.finfo(similarities.dtype).max)
    last = jax.lax.cummin(_pad(jnp.where(counted, similarities, end), (1, 0), end))
    first = _pad(jnp.where(counted, similarities, -end), (0, 1), -end)
    first = jax.lax.cummax(first, reverse=True)
    middle = last / 2 + first / 2
    return Cuts(
        true_accepts=_pad(jnp.cumsum(same & counted), (1, 0), 0),
        false_accepts=_pad(jnp.cumsum(~same & counted), (1, 0), 0),
        threshold=jnp.where(middle > first, middle, last),  # neighbouring numbers
        is_possible=last > first,
    )


def _pad(x: jax.Array, widths: tuple[int, int], value: float) -> jax.Array:
    return jnp.pad(x, widths, constant_values=value)


def roc_curve(
    similarities: ArrayLike, same: ArrayLike
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Receiver operating characteristic (ROC): accept rates over all thresholds.

    As in scikit-learn, with `drop_intermediate=False`, the first threshold is infinity.
    Pairs of equal similarity are accepted together. Their point is repeated, which
    keeps the shapes independent of the values; scikit-learn returns it once.

    Args:
        similarities: Similarities of pairs, the higher the more alike, `[pairs]`.
        same: Whether each pair is of one class, bool or 0 and 1, `[pairs]`.

    Returns:
        The false accept rate (FAR), the true accept rate (VAL) and the threshold, from
        infinity down, each `[pairs + 1]`. Pairs at or above the threshold are accepted.

    Raises:
        TypeError: If the similarities are not floating, or `same` is floating.
        ValueError: If the shapes do not fit or all pairs are of one kind.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> similarities = jnp.array([0.9, 0.7, 0.4, 0.2])
        >>> false_rate, true_rate, _ = metrics.roc_curve(
        ...     similarities, jnp.array([True, False, True, False])
        ... )
        >>> false_rate.tolist(), true_rate.tolist()
        ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
    """
    similarities, same = _inputs.pairs(similarities, same)
    _inputs.both_kinds("same", same)
    nan = nan_of(similarities)
    similarities, same = ranked(similarities, same)
    table = cuts(finite(similarities), same, jnp.ones_like(same))
    lowest = _pad(similarities, (1, 0), jnp.inf)
    # Equal similarities share the last of their points.
    end = similarities.size
    at = jnp.where(table.is_possible, jnp.arange(end + 1), end)
    at = jax.lax.cummin(at, reverse=True)
    accepts = jnp.stack([table.false_accepts, table.true_accepts]).astype(nan.dtype)
    false_rate, true_rate = accepts[:, at] / accepts[:, -1:]
    return false_rate + nan, true_rate + nan, lowest[at] + nan
