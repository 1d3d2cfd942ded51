"""Reset of the momentum at given steps."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from adrjax.optimizers import _options


class ResetMomentumState(NamedTuple):
    """State of `reset_momentum`.

    Attributes:
        step: The number of updates so far, int32 `[]`.
        inner: The state of the optimizer.
    """

    step: jax.Array
    inner: optax.OptState


def reset_momentum(
    optimizer: optax.GradientTransformation, *, at: Iterable[int]
) -> optax.GradientTransformation:
    """Momentum reset: sets the momentum of an optimizer to 0 before given steps.

    It has the effect of a new SGD at each drop of the rate, as in POD's code; its paper
    does not mention it. The schedule of the rate goes on.

    Args:
        optimizer: `sgd`, `caffe_sgd` or any optimizer with an `optax.trace`.
        at: The steps, counted from 0, that start without momentum.

    Returns:
        The transformation of gradients.

    Raises:
        TypeError: If a step is not an integer.
        ValueError: If a step is negative, or, from `init`, if the optimizer has no
            momentum.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import optimizers
        >>> sgd = optimizers.sgd(1.0, momentum=0.5)
        >>> optimizer = optimizers.reset_momentum(sgd, at=[2])
        >>> state, updates = optimizer.init(jnp.array(0.0)), []
        >>> for _ in range(4):
        ...     update, state = optimizer.update(jnp.array(1.0), state)
        ...     updates.append(float(update))
        >>> updates
        [-1.0, -1.5, -1.0, -1.5]

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features: its code, `train.py`.
    """
    extended = optax.with_extra_args_support(optimizer)
    steps = np.asarray(_options.steps("at", at), np.int32)

    def init(params):
        inner = extended.init(params)
        if not any(map(_is_momentum, jax.tree.leaves(inner, is_leaf=_is_momentum))):
            raise ValueError(
                "reset_momentum needs an optimizer with momentum, got one without an "
                "optax.trace in its state; give sgd a momentum, or leave this out"
            )
        return ResetMomentumState(jnp.zeros([], jnp.int32), inner)

    def update(updates, state, params=None, **extra_args):
        is_reset = jnp.any(state.step == steps)

        def without_momentum(x: Any) -> Any:
            if not _is_momentum(x):
                return x
            return jax.tree.map(lambda v: jnp.where(is_reset, 0, v), x)

        inner = jax.tree.map(without_momentum, state.inner, is_leaf=_is_momentum)
        updates, inner = extended.update(updates, inner, params, **extra_args)
        return updates, ResetMomentumState(state.step + 1, inner)

    return optax.GradientTransformationExtraArgs(init, update)


def _is_momentum(x: Any) -> bool:
    return isinstance(x, optax.TraceState)
