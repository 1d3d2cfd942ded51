"""Momentum that is forgotten at given steps."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from adrjax import _checks


class ResetMomentumState(NamedTuple):
    """What `reset_momentum` remembers.

    Attributes:
        count: How many steps are done, int32 `[]`.
        inner: The state of the optimizer.
    """

    count: jax.Array
    inner: optax.OptState


def reset_momentum(
    optimizer: optax.GradientTransformation, *, at: Iterable[int]
) -> optax.GradientTransformation:
    """Sets the momentum of an optimizer to 0 before given steps.

    What comes of an SGD that is created anew where the rate drops, as in POD's code;
    its paper does not tell. The schedule of the rate goes on.

    Args:
        optimizer: `sgd`, `caffe_sgd` or anything of an `optax.trace`.
        at: The steps, counted from 0, that are the first without what was before.

    Returns:
        The transformation of gradients.

    Raises:
        TypeError: If a step is no whole number.
        ValueError: If a step is negative, or, from `init`, if the optimizer has no
            momentum.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features: its code, `train.py`.
    """
    optimizer = optax.with_extra_args_support(optimizer)
    steps = [_checks.count("at", step, low=0) for step in at]

    def init(params):
        inner = optimizer.init(params)
        if not any(map(_is_momentum, jax.tree.leaves(inner, is_leaf=_is_momentum))):
            raise ValueError(
                "reset_momentum wants an optimizer with momentum, and this one has no "
                "optax.trace in its state; give sgd a momentum, or leave this out"
            )
        return ResetMomentumState(jnp.zeros([], jnp.int32), inner)

    def update(updates, state, params=None, **extra_args):
        is_reset = jnp.isin(state.count, jnp.asarray(steps, jnp.int32))

        def without_momentum(x: Any) -> Any:
            if not _is_momentum(x):
                return x
            return jax.tree.map(lambda v: jnp.where(is_reset, 0, v), x)

        inner = jax.tree.map(without_momentum, state.inner, is_leaf=_is_momentum)
        updates, inner = optimizer.update(updates, inner, params, **extra_args)
        return updates, ResetMomentumState(state.count + 1, inner)

    return optax.GradientTransformationExtraArgs(init, update)


def _is_momentum(x: Any) -> bool:
    return isinstance(x, optax.TraceState)
