"""Stochastic gradient descent as torch computes it."""

from collections.abc import Callable
from typing import Any

import optax


def sgd(
    learning_rate: optax.ScalarOrSchedule,
    *,
    momentum: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
    weight_decay_mask: Callable[[Any], Any] | None = None,
) -> optax.GradientTransformation:
    r"""Descends along the gradient of the loss and of an L2 penalty, with momentum.

    .. math:: g_t = \nabla L + \lambda w_t, \qquad v_{t+1} = \mu v_t + g_t, \qquad
        w_{t+1} = w_t - \eta_t v_{t+1},

    and Nesterov's :math:`w_{t+1} = w_t - \eta_t (g_t + \mu v_{t+1})`: that of
    `torch.optim.SGD`. The penalty comes before the momentum, so that the order in a
    chain of `optax.add_decayed_weights` and `optax.sgd` cannot be wrong. `caffe_sgd` is
    what Caffe and Keras make of the same numbers.

    Args:
        learning_rate: The rate, or a schedule of the steps.
        momentum: How much of the last step is kept, in [0, 1).
        nesterov: Whether to look one step ahead.
        weight_decay: The factor of the penalty.
        weight_decay_mask: Maps the parameters to a tree of bool, which of them to penalize;
            `kernel_mask`, say. All, if it is not given, as torch does.

    Returns:
        The transformation of gradients.

    Raises:
        ValueError: If `nesterov` is wanted without momentum.
    """
    if nesterov and not momentum:
        raise ValueError(
            "nesterov=True looks ahead along the momentum, and momentum is 0; give "
            "momentum=0.9, or leave nesterov out"
        )
    return optax.chain(
        optax.add_decayed_weights(weight_decay, weight_decay_mask),
        optax.sgd(learning_rate, momentum or None, nesterov),
    )
