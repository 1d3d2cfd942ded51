"""The receiver operating characteristic (ROC) of pairs."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.metrics import _inputs


class Cuts(NamedTuple):
    """What happens where the i most similar pairs are accepted, i = 0..pairs.

    Attributes:
        true_accepts: How many of them belong together, `[pairs + 1]`.
        false_accepts: How many do not, `[pairs + 1]`.
        threshold: Halfway between the last accepted and the first rejected; what is at
            least as similar is accepted, `[pairs + 1]`.
        is_possible: Whether those two differ, bool `[pairs + 1]`.
    """

    true_accepts: jax.Array
    false_accepts: jax.Array
    threshold: jax.Array
    is_possible: jax.Array


def cuts(similarities: jax.Array, same: jax.Array) -> Cuts:
    """Returns all ways to accept the most similar pairs, from none to all."""
    order = jnp.argsort(similarities, descending=True)
    same, zero = same[order], jnp.zeros(1, int)
    # Halfway to these, and not to infinity, lies a number beyond all similarities.
    largest = jnp.full(1, jnp.finfo(similarities.dtype).max, similarities.dtype)
    ranked = jnp.concatenate([largest, similarities[order], -largest])
    last, first = ranked[:-1], ranked[1:]
    middle = last / 2 + first / 2
    return Cuts(
        true_accepts=jnp.concatenate([zero, jnp.cumsum(same)]),
        false_accepts=jnp.concatenate([zero, jnp.cumsum(~same)]),
        threshold=jnp.where(middle > first, middle, last),  # neighbouring numbers
        is_possible=last > first,
    )


def roc_curve(
    similarities: ArrayLike, same: ArrayLike
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Trades wrong pairs accepted for right ones, over all thresholds.

    Pairs of equal similarity are accepted together; their point is repeated, so that
    the shapes do not depend on the values.

    Args:
        similarities: The higher, the more alike, `[pairs]`.
        same: Whether each pair belongs together, bool or 0 and 1, `[pairs]`.

    Returns:
        The false accept rate (FAR), the true accept rate (VAL) and the similarity from
        which on pairs are accepted, from infinity down, each `[pairs + 1]`.

    Raises:
        TypeError: If the similarities are not floating or `same` is.
        ValueError: If the shapes do not fit or all pairs are of one kind.
    """
    similarities, same = _inputs.pairs(similarities, same)
    _inputs.both_kinds("same", same)
    table = cuts(similarities, same)
    lowest = jnp.append(jnp.inf, jnp.sort(similarities, descending=True))
    places = jnp.arange(lowest.size)
    last = jnp.where(table.is_possible, places, lowest.size)
    at = jax.lax.cummin(last, reverse=True)
    false_rate = table.false_accepts / table.false_accepts[-1]
    true_rate = table.true_accepts / table.true_accepts[-1]
    return false_rate[at], true_rate[at], lowest[at]
