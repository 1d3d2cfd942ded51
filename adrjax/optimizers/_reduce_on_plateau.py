"""Reduction of the rate on a plateau of a metric."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import optax
import optax.contrib

from adrjax import _checks
from adrjax.optimizers import _options


class ReduceOnPlateauState(NamedTuple):
    """State of `reduce_on_plateau`.

    Attributes:
        step: The number of updates so far, int32 `[]`.
        plateau: The state of `optax.contrib.reduce_on_plateau`.
    """

    step: jax.Array
    plateau: optax.OptState


def reduce_on_plateau(
    *,
    steps_per_epoch: int,
    factor: ArrayLike = 0.1,
    patience: int = 10,
    threshold: ArrayLike = 1e-4,
) -> optax.GradientTransformationExtraArgs:
    """Reduce on plateau (torch's ReduceLROnPlateau) by the metric of each epoch.

    It follows an optimizer in `optax.chain` and multiplies its steps by a factor after
    more than `patience` epochs without a new best metric. It equals torch's with mode
    "max" and threshold mode "abs", called after each epoch. torch's default threshold
    mode is "rel"; both count every rise of an accuracy of fewer than 10,000 images.
    `optax.contrib.reduce_on_plateau`, which this is built on, acts every few updates,
    on a loss, and one epoch earlier.

    The metric of `train.fit` is `Task.best` at the last record, times -1 if lower is
    better. The public code of FER2013 reduces the rate by the test set; an honest
    number needs a part of the training set that is held out.

    Args:
        steps_per_epoch: The number of updates of an epoch.
        factor: The factor of the rate on a plateau, in (0, 1).
        patience: The number of epochs without a new best that change nothing.
        threshold: The least rise above the old best that makes a new one, positive.

    Returns:
        A transformation of gradients whose `update` takes the keyword `metric`, float
        `[]`: the metric of the last epoch, the larger the better. NaN is not a new
        best.

    Raises:
        TypeError: If `steps_per_epoch` or `patience` is not an integer, or, from
            `update`, if `metric` is missing.
        ValueError: If an argument is out of its range.

    Example:
        >>> import jax.numpy as jnp, optax
        >>> from adrjax import optimizers
        >>> reduce = optimizers.reduce_on_plateau(steps_per_epoch=1, patience=0)
        >>> optimizer = optax.chain(optimizers.sgd(1.0), reduce)
        >>> state, updates = optimizer.init(jnp.array(0.0)), []
        >>> for metric in (0.0, 0.5, 0.5):  # before any epoch, after two epochs
        ...     update, state = optimizer.update(jnp.array(1.0), state, metric=metric)
        ...     updates.append(round(float(update), 3))
        >>> updates
        [-1.0, -1.0, -0.1]
    """
    steps_per_epoch = _checks.count("steps_per_epoch", steps_per_epoch, low=1)
    patience = _checks.count("patience", patience, low=0)
    factor = float(_options.number("factor", factor, 0, 1))
    threshold = float(_options.number("threshold", threshold))
    if factor in (0, 1) or not threshold:
        raise ValueError(
            "factor must be in (0, 1) and threshold positive, got "
            f"factor={factor:g} and threshold={threshold:g}"
        )
    # optax acts on the `patience`-th epoch without a new best, torch on the next one. A
    # relative tolerance would lower the bar for negative values, which -metric are.
    on_plateau = optax.contrib.reduce_on_plateau(
        factor=factor, patience=patience + 1, rtol=0.0, atol=threshold
    )

    def init(params):
        return ReduceOnPlateauState(jnp.zeros([], jnp.int32), on_plateau.init(params))

    def update(updates, state, params=None, **extra_args):
        del params
        if "metric" not in extra_args:
            raise TypeError(
                "reduce_on_plateau needs update(..., metric=...), the metric of the "
                f"last epoch, got {', '.join(extra_args) or 'no keyword'}. In a chain "
                "put it after optax.MultiSteps, not inside, which passes no keywords"
            )
        is_epoch = (state.step > 0) & (state.step % steps_per_epoch == 0)
        value = -jnp.asarray(extra_args["metric"], float)
        _, after = on_plateau.update((), state.plateau, value=value)
        plateau = jax.tree.map(
            lambda new, old: jnp.where(is_epoch, new, old), after, state.plateau
        )
        updates = jax.tree.map(lambda x: plateau.scale * x, updates)
        return updates, ReduceOnPlateauState(state.step + 1, plateau)

    return optax.GradientTransformationExtraArgs(init, update)
