"""Stochastic gradient descent as Caffe and Keras compute it."""

from collections.abc import Callable
from typing import Any

import optax


def caffe_sgd(
    learning_rate: optax.ScalarOrSchedule,
    *,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    weight_decay_mask: Callable[[Any], Any] | None = None,
) -> optax.GradientTransformation:
    r"""Descends like `sgd`, but remembers steps, where that remembers gradients.

    .. math:: v_{t+1} = \mu v_t + \eta_t (\nabla L + \lambda w_t), \qquad
        w_{t+1} = w_t - v_{t+1}.

    At a constant rate both are the same. Where the rate falls to a tenth, a step of
    `sgd` is a tenth at once, and here only what is added: the old steps fade in about
    :math:`1 / (1 - \mu)` more. The papers of IE and GR trained in Caffe, SL and D2L in
    Keras.

    Args:
        learning_rate: The rate, or a schedule of the steps.
        momentum: How much of the last step is kept, in [0, 1).
        weight_decay: The factor of the penalty.
        weight_decay_mask: Maps the parameters to a tree of bool, which of them to penalize. All, if
            it is not given.

    Returns:
        The transformation of gradients.
    """
    return optax.chain(
        optax.add_decayed_weights(weight_decay, weight_decay_mask),
        optax.scale_by_learning_rate(learning_rate),
        optax.trace(momentum),
    )
