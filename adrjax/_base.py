"""What a loss is: a function of model outputs and labels, or a triple with a state."""

from collections.abc import Callable
import functools
import operator
from typing import Any, NamedTuple

import jax

State = Any  # a pytree of arrays
Loss = Callable[[Any, jax.Array], jax.Array]  # (outputs, labels) -> [...]


class Outputs(NamedTuple):
    """What every model returns.

    Attributes:
        features: The input of the head, `[..., num_features]`.
        logits: Scores, or cosines from a cosine head, `[..., num_classes]`.
    """

    features: jax.Array
    logits: jax.Array


class StatefulLoss(NamedTuple):
    """A loss that remembers, in the form of an `optax.GradientTransformation`.

    Attributes:
        init: Returns the first state.
        apply: Maps `(state, outputs, labels)` to the loss of each example and the next
            state. No gradient flows into the state.
        end_epoch: Maps the state at the end of an epoch to that of the next.
    """

    init: Callable[[], State]
    apply: Callable[[State, Any, jax.Array], tuple[jax.Array, State]]
    end_epoch: Callable[[State], State] = lambda state: state


def stateless(loss: Loss) -> StatefulLoss:
    """Lifts a plain loss to a `StatefulLoss` whose state is empty.

    Args:
        loss: Maps `(outputs, labels)` to the loss of each example.

    Returns:
        The same loss with the state `()`.
    """
    return StatefulLoss(
        lambda: (), lambda state, outputs, labels: (loss(outputs, labels), state)
    )


def add(*losses: Loss | StatefulLoss) -> StatefulLoss:
    """Sums several losses, each with its own state.

    Args:
        *losses: Plain or stateful losses of the same outputs and labels.

    Returns:
        A `StatefulLoss` whose state is the tuple of theirs.

    Raises:
        ValueError: If there is no loss to add.
    """
    if not losses:
        raise ValueError("add wants at least one loss, got none")
    terms = [x if isinstance(x, StatefulLoss) else stateless(x) for x in losses]

    def init():
        return tuple(term.init() for term in terms)

    def apply(states, outputs, labels):
        pairs = [
            term.apply(state, outputs, labels)
            for term, state in zip(terms, states, strict=True)
        ]
        values, states = zip(*pairs, strict=True)
        return functools.reduce(operator.add, values), states

    def end_epoch(states):
        return tuple(t.end_epoch(s) for t, s in zip(terms, states, strict=True))

    return StatefulLoss(init, apply, end_epoch)
