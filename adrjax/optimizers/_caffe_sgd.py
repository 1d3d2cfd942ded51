"""Stochastic gradient descent (SGD) as Caffe and Keras compute it."""

from collections.abc import Callable
from typing import Any

from jax.typing import ArrayLike
import optax

from adrjax.optimizers import _options


def caffe_sgd(
    learning_rate: optax.ScalarOrSchedule,
    *,
    momentum: ArrayLike = 0.0,
    weight_decay: ArrayLike = 0.0,
    weight_decay_mask: Callable[[Any], Any] | None = None,
) -> optax.GradientTransformation:
    r"""SGD as Caffe and Keras compute it: momentum of steps, not of gradients.

    .. math:: v_{t+1} = \mu v_t + \eta_t (\nabla L + \lambda w_t), \qquad
        w_{t+1} = w_t - v_{t+1}.

    It equals `sgd`, which is torch's, at a constant rate. If the rate drops to a tenth,
    a step of `sgd` drops at once; here only the new part of it drops, and the old steps
    fade within about :math:`1 / (1 - \mu)` more. IE and GR were trained with Caffe, SL
    and D2L with Keras.

    Args:
        learning_rate: The rate :math:`\eta`, or a schedule of it.
        momentum: The share :math:`\mu` of the last step that is kept, in [0, 1].
        weight_decay: The factor :math:`\lambda` of the L2 penalty.
        weight_decay_mask: Maps the parameters to a tree of bool: which of them decay.
            None for all.

    Returns:
        The transformation of gradients.

    Raises:
        ValueError: If a number is out of its range.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import optimizers
        >>> optimizer = optimizers.caffe_sgd(0.1, momentum=0.9, weight_decay=0.5)
        >>> params, gradient = jnp.array(2.0), jnp.array(1.0)
        >>> update, _ = optimizer.update(gradient, optimizer.init(params), params)
        >>> round(float(update), 3)  # -0.1 * (1 + 0.5 * 2)
        -0.2
    """
    learning_rate = _options.number_or_schedule("learning_rate", learning_rate)
    momentum = _options.number("momentum", momentum, 0, 1)
    return optax.chain(
        _options.weight_decay(weight_decay, weight_decay_mask),
        optax.scale_by_learning_rate(learning_rate),
        optax.trace(momentum),
    )
