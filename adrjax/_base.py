"""The types of a loss: a function of outputs and labels, or one with a state."""

from collections.abc import Callable
import functools
import operator
from typing import Any, NamedTuple, overload

import jax
from jax.typing import ArrayLike

from adrjax import _checks

State = Any  # a pytree of arrays
Loss = Callable[[Any, jax.Array], jax.Array]  # (outputs, labels) -> [...]


class Outputs(NamedTuple):
    """The outputs of a model: the features and the logits of a batch.

    Attributes:
        features: The input of the head, `[..., num_features]`.
        logits: Scores, or the cosines of a cosine head, `[..., num_classes]`.
    """

    features: jax.Array
    logits: jax.Array


class StatefulLoss(NamedTuple):
    """A loss with a state, in the form of an `optax.GradientTransformation`.

    Attributes:
        init: Returns the initial state.
        apply: Maps `(state, outputs, labels)` to the loss of each example and the next
            state. No gradient flows into the next state.
        end_epoch: Maps the state at the end of an epoch to the state of the next.

    Example:
        >>> import adrjax
        >>> loss = adrjax.losses.online_label_smoothing(3)
        >>> state = loss.init()
        >>> values, state = loss.apply(state, [[2.0, 1.0, 0.0]], [0])
        >>> state = loss.end_epoch(state)
    """

    init: Callable[[], State]
    apply: Callable[[State, Any, jax.Array], tuple[jax.Array, State]]
    end_epoch: Callable[[State], State] = lambda state: state


def stateless(loss: Loss) -> StatefulLoss:
    """Converts a plain loss to a `StatefulLoss` with an empty state.

    Args:
        loss: Maps `(outputs, labels)` to the loss of each example.

    Returns:
        The same loss with the state `()`.

    Raises:
        TypeError: If the loss is not a function.

    Example:
        >>> import adrjax
        >>> loss = adrjax.stateless(adrjax.losses.cross_entropy)
        >>> values, state = loss.apply(loss.init(), [[2.0, 1.0, 0.0]], [0])
        >>> print(f"{values[0]:.3f}", state)
        0.408 ()
    """
    _check_loss("stateless", loss)
    return StatefulLoss(
        lambda: (), lambda state, outputs, labels: (loss(outputs, labels), state)
    )


def add(*losses: Loss | StatefulLoss) -> StatefulLoss:
    """Sums losses, plain or stateful, into one `StatefulLoss`.

    Plain losses of arrays can be added by `+`; this is for sums with a stateful loss.

    Args:
        *losses: Plain or stateful losses of the same outputs and labels.

    Returns:
        A `StatefulLoss` whose state is the tuple of the losses' states.

    Raises:
        TypeError: If a loss is not a function.
        ValueError: If there is no loss to add.

    Example:
        >>> import adrjax
        >>> loss = adrjax.add(
        ...     adrjax.losses.online_label_smoothing(3),
        ...     lambda logits, labels: 0.05 * adrjax.regularizers.adr(logits),
        ... )
        >>> values, state = loss.apply(loss.init(), [[2.0, 1.0, 0.0]], [0])
        >>> print(f"{values[0]:.3f}")
        0.918
    """
    if not losses:
        raise ValueError("add must be given at least one loss, got none")
    for loss in losses:
        _check_loss("add", loss)
    terms = [x if isinstance(x, StatefulLoss) else stateless(x) for x in losses]

    def init() -> State:
        return tuple(term.init() for term in terms)

    def apply(
        states: State, outputs: Any, labels: jax.Array
    ) -> tuple[jax.Array, State]:
        pairs = [
            term.apply(state, outputs, labels)
            for term, state in zip(terms, states, strict=True)
        ]
        values, states = zip(*pairs, strict=True)
        return functools.reduce(operator.add, values), states

    def end_epoch(states: State) -> State:
        return tuple(t.end_epoch(s) for t, s in zip(terms, states, strict=True))

    return StatefulLoss(init, apply, end_epoch)


@overload
def weighted(loss: StatefulLoss, weight: ArrayLike) -> StatefulLoss: ...
@overload
def weighted(loss: Loss, weight: ArrayLike) -> Loss: ...
def weighted(loss: Loss | StatefulLoss, weight: ArrayLike) -> Loss | StatefulLoss:
    """A loss multiplied by a number.

    The state of a stateful loss does not depend on the weight. For a weight that
    changes during training, use `scheduled`.

    Args:
        loss: A plain or stateful loss.
        weight: The number, at least 0. It may be traced.

    Returns:
        A plain loss if the loss is plain, a `StatefulLoss` if it is stateful.

    Raises:
        TypeError: If the loss is not a function, or the weight not a number.
        ValueError: If the weight is negative or not finite.

    Example:
        >>> import adrjax
        >>> loss = adrjax.add(
        ...     adrjax.losses.cross_entropy,
        ...     adrjax.weighted(adrjax.losses.online_label_smoothing(3), 2.0),
        ... )
        >>> values, state = loss.apply(loss.init(), [[2.0, 1.0, 0.0]], [0])
        >>> print(f"{values[0]:.3f}")
        2.223
    """
    _check_loss("weighted", loss)
    weight = _checks.between("weight", weight, 0)
    if isinstance(loss, StatefulLoss):

        def apply(
            state: State, outputs: Any, labels: jax.Array
        ) -> tuple[jax.Array, State]:
            values, state = loss.apply(state, outputs, labels)
            return weight * values, state

        return loss._replace(apply=apply)
    return lambda outputs, labels: weight * loss(outputs, labels)


@overload
def select(loss: StatefulLoss, pick: str | Callable[[Any], Any]) -> StatefulLoss: ...
@overload
def select(loss: Loss, pick: str | Callable[[Any], Any]) -> Loss: ...
def select(
    loss: Loss | StatefulLoss, pick: str | Callable[[Any], Any]
) -> Loss | StatefulLoss:
    """A loss of one part of the outputs, such as the features.

    Losses of features and of logits can then be added:

        adrjax.add(
            adrjax.select(losses.cross_entropy, "logits"),
            adrjax.weighted(
                adrjax.select(embeddings.running_center(10, 64), "features"), 0.01
            ),
        )

    Args:
        loss: A plain or stateful loss.
        pick: The name of a field of the outputs, or a function of the outputs.

    Returns:
        A loss of the outputs: plain if the loss is plain, a `StatefulLoss` if it is
        stateful.

    Raises:
        TypeError: If the loss is not a function.
        AttributeError: When it is called, if the outputs have no such field.

    Example:
        >>> import adrjax
        >>> loss = adrjax.select(adrjax.losses.cross_entropy, "logits")
        >>> outputs = adrjax.Outputs(features=[[0.3, 0.4]], logits=[[2.0, 1.0, 0.0]])
        >>> print(f"{loss(outputs, [0])[0]:.3f}")
        0.408
    """
    _check_loss("select", loss)
    part = functools.partial(_field, name=pick) if isinstance(pick, str) else pick
    if isinstance(loss, StatefulLoss):
        return loss._replace(
            apply=lambda state, outputs, labels: loss.apply(
                state, part(outputs), labels
            )
        )
    return lambda outputs, labels: loss(part(outputs), labels)


def _field(outputs: Any, *, name: str) -> Any:
    """Returns a field of the outputs."""
    if hasattr(outputs, name):
        return getattr(outputs, name)
    fields = ", ".join(getattr(outputs, "_fields", ())) or "none"
    raise AttributeError(
        f"select must name a field of the outputs, got {name!r}; the fields of "
        f"{type(outputs).__name__} are {fields}"
    )


def _check_loss(name: str, loss: Any) -> None:
    """Raises a TypeError if a loss is neither stateful nor a function."""
    if not isinstance(loss, StatefulLoss) and not callable(loss):
        raise TypeError(
            f"{name} must be given losses, functions of outputs and labels, got "
            f"{type(loss).__name__} {loss!r}; of a regularizer, pass lambda logits, "
            "labels: weight * regularizer(logits)"
        )
