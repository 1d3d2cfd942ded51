"""A rate that falls when a metric no longer rises."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
import optax.contrib

from adrjax import _checks


class ReduceOnPlateauState(NamedTuple):
    """What `reduce_on_plateau` remembers.

    Attributes:
        count: How many steps are done, int32 `[]`.
        plateau: The state of `optax.contrib.reduce_on_plateau`.
    """

    count: jax.Array
    plateau: optax.OptState


def reduce_on_plateau(
    *,
    steps_per_epoch: int,
    factor: float = 0.1,
    patience: int = 10,
    threshold: float = 1e-4,
) -> optax.GradientTransformationExtraArgs:
    """Shrinks the steps of an optimizer when the metric of an epoch no longer rises.

    Follows an optimizer in `optax.chain`. It is torch's `ReduceLROnPlateau` of mode
    "max" and threshold mode "abs", called after each epoch: after more than `patience`
    epochs without a new best, the next epoch starts with the lower rate. torch's
    default threshold is relative; to accuracies of fewer than 10,000 images, of which
    either counts every rise, that is the same.

    The metric is what `fit` evaluates first, and `fit` evaluates the split it is given
    for the test. Choosing the rate by the test set is what the code of the FER2013 rows
    does; a figure that is honest holds a part of the training set out for it.

    Args:
        steps_per_epoch: How many updates an epoch has.
        factor: What a plateau multiplies the rate by, in (0, 1).
        patience: How many epochs without a new best are borne.
        threshold: By how much a new best must be above the old, positive.

    Returns:
        A transformation whose `update` wants the keyword `metric`, float `[]`: that of
        the last finished epoch, the larger the better.

    Raises:
        TypeError: If `steps_per_epoch` or `patience` is no whole number, or, from
            `update`, without `metric`.
        ValueError: If an argument is out of its range.
    """
    steps_per_epoch = _checks.count("steps_per_epoch", steps_per_epoch, low=1)
    # optax acts on the `patience`-th epoch without a new best, torch on the one after.
    # Of negative values, which -metric are, a relative tolerance would be a reward.
    judge = optax.contrib.reduce_on_plateau(
        factor=factor,
        patience=_checks.count("patience", patience, low=0) + 1,
        rtol=0.0,
        atol=threshold,
    )

    def init(params):
        return ReduceOnPlateauState(jnp.zeros([], jnp.int32), judge.init(params))

    def update(updates, state, params=None, **extra_args):
        del params
        if "metric" not in extra_args:
            raise TypeError(
                "reduce_on_plateau wants update(..., metric=...), that of the last "
                f"finished epoch, got {', '.join(extra_args) or 'no keyword'}. In a "
                "chain put it after optax.MultiSteps, not inside, where no keyword goes"
            )
        is_judged = (state.count > 0) & (state.count % steps_per_epoch == 0)
        _, judged = judge.update((), state.plateau, value=-extra_args["metric"])
        plateau = jax.tree.map(
            functools.partial(jnp.where, is_judged), judged, state.plateau
        )
        updates = jax.tree.map(lambda x: plateau.scale * x, updates)
        return updates, ReduceOnPlateauState(state.count + 1, plateau)

    return optax.GradientTransformationExtraArgs(init, update)
