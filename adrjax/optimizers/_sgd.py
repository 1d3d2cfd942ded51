"""Stochastic gradient descent (SGD) as torch computes it."""

from collections.abc import Callable
from typing import Any

from jax.typing import ArrayLike
import optax

from adrjax.optimizers import _options


def sgd(
    learning_rate: optax.ScalarOrSchedule,
    *,
    momentum: ArrayLike = 0.0,
    nesterov: bool = False,
    weight_decay: ArrayLike = 0.0,
    weight_decay_mask: Callable[[Any], Any] | None = None,
) -> optax.GradientTransformation:
    r"""SGD as torch computes it: momentum of gradients, and an L2 penalty.

    .. math:: g_t = \nabla L + \lambda w_t, \qquad v_{t+1} = \mu v_t + g_t, \qquad
        w_{t+1} = w_t - \eta_t v_{t+1},

    and with Nesterov's momentum :math:`w_{t+1} = w_t - \eta_t (g_t + \mu v_{t+1})`. It
    is `optax.add_decayed_weights` before `optax.sgd`, in one call that cannot get the
    order wrong. The rate is outside of the momentum; `caffe_sgd` has it inside.

    Args:
        learning_rate: The rate :math:`\eta`, or a schedule of it.
        momentum: The share :math:`\mu` of the last step that is kept, in [0, 1].
        nesterov: Whether to use Nesterov's momentum.
        weight_decay: The factor :math:`\lambda` of the L2 penalty. The decay of a step
            is :math:`\eta \lambda`, as in `optax.adamw`.
        weight_decay_mask: Maps the parameters to a tree of bool: which of them decay.
            None for all, as in torch; `kernel_mask` spares biases and scales.

    Returns:
        The transformation of gradients.

    Raises:
        ValueError: If a number is out of its range, or `nesterov` has no momentum.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import optimizers
        >>> optimizer = optimizers.sgd(0.1, momentum=0.9, weight_decay=0.5)
        >>> params, gradient = jnp.array(2.0), jnp.array(1.0)
        >>> update, _ = optimizer.update(gradient, optimizer.init(params), params)
        >>> round(float(update), 3)  # -0.1 * (1 + 0.5 * 2)
        -0.2
    """
    learning_rate = _options.number_or_schedule("learning_rate", learning_rate)
    momentum = _options.number("momentum", momentum, 0, 1)
    if nesterov and _options.is_zero(momentum):
        raise ValueError(
            "nesterov=True needs a momentum, and momentum is 0; give momentum=0.9, or "
            "leave nesterov out"
        )
    return optax.chain(
        _options.weight_decay(weight_decay, weight_decay_mask),
        optax.sgd(
            learning_rate, None if _options.is_zero(momentum) else momentum, nesterov
        ),
    )
