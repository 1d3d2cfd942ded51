"""What is minimized, with its settings by name."""

from collections.abc import Callable, Mapping
import dataclasses
import functools
import inspect
from typing import Any, Literal, NamedTuple

import jax

import adrjax
from adrjax import StatefulLoss, train

On = Literal["outputs", "logits", "features"]
# The first parameter of a loss says what it is a function of.
ON: Mapping[str, On] = {
    "outputs": "outputs",
    "logits": "logits",
    "cosines": "logits",
    "features": "features",
}


class Quoted(NamedTuple):
    """A cell that the paper quotes from another paper; it is not run.

    Attributes:
        source: The paper it is from.
    """

    source: str


@dataclasses.dataclass(frozen=True)
class Method:
    """A loss and its settings.

    The loss is a function at the top level of a module, of one of two kinds:

    -   a plain loss `(logits, labels, **settings)`, whose first parameter is called
        `logits`, `cosines`, `features` or `outputs` after what it gets from the network.
        It returns the loss of each example, or a mapping of several by name, which are
        summed and recorded one by one;
    -   a function of settings alone that returns a loss, such as
        `losses.online_label_smoothing` or `embeddings.pod`, or a mapping of losses by name.

    A setting `num_classes` or `dim` that the loss needs and that is not given is the number
    of classes or of features of the network, which a reduced network may have fewer of.

    Attributes:
        loss: The function.
        settings: Its keyword arguments, which are printed, compared and the axes of sweeps.
        on: What the loss that a function of settings returns gets; all outputs by default.
        then: The method of a second update on each batch, if there is one.
    """

    loss: Callable[..., Any]
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    on: On = "outputs"
    then: "Method | None" = None

    def __post_init__(self) -> None:
        if isinstance(self.loss, functools.partial):
            raise train.ArgumentError(
                f"the loss of a method must be a function, with its settings in `settings`, "
                f"which are printed and compared, got {self.loss!r}"
            )

    @property
    def name(self) -> str:
        """The name of the loss and its settings that are numbers or words."""
        words = [self.loss.__name__, *(f"{k}={v}" for k, v in self.printed.items())]
        return " ".join(words)

    @property
    def printed(self) -> dict[str, Any]:
        """The settings that can be printed in a word."""
        settings = {k: v for k, v in self.settings.items() if k != "axis_name"}
        return {k: v for k, v in settings.items() if isinstance(v, int | float | str)}

    def objectives(self, outputs: Any, labels: Any) -> list[train.Parts]:
        """Returns the loss of each update, of all outputs of the network.

        Args:
            outputs: The shapes of the outputs for a batch.
            labels: The shapes of its labels.

        Raises:
            ArgumentError: If the loss does not have one of the two forms.
        """
        own = self._parts(outputs, labels)
        return [own] if self.then is None else [own, self.then._parts(outputs, labels)]

    def _parts(self, outputs: Any, labels: Any) -> train.Parts:
        signature = inspect.signature(self.loss)
        parameters = [*signature.parameters]
        is_plain = parameters[1:2] == ["labels"]
        settings = {**_sizes(signature, outputs), **self.settings}
        try:
            signature.bind(*([None] * 2 * is_plain), **settings)
        except TypeError as error:
            raise train.ArgumentError(
                f"{self.loss.__name__} must be a loss (logits, labels, **settings) or a "
                f"function of the settings alone, {[*settings]} here, that returns a "
                f"loss, got {self.loss.__name__}{signature}: {error}"
            ) from None
        if is_plain:
            if parameters[0] not in ON:
                raise train.ArgumentError(
                    f"the first parameter of {self.loss.__name__} must be one of "
                    f"{', '.join(ON)}, which says what it gets from the network, got "
                    f"{parameters[0]!r}"
                )
            loss = functools.partial(self.loss, **settings)
            return _named_parts(_on(loss, ON[parameters[0]]), outputs, labels)
        made = self.loss(**settings)
        if isinstance(made, Mapping):
            return {name: _on(part, self.on) for name, part in made.items()}
        return _on(made, self.on)


def _sizes(signature: inspect.Signature, outputs: Any) -> dict[str, Any]:
    """Returns the sizes of the outputs that are parameters without a default."""
    sizes = {"num_classes": "logits", "dim": "features"}
    needed = {k for k, x in signature.parameters.items() if x.default is x.empty}
    return {k: getattr(outputs, v).shape[-1] for k, v in sizes.items() if k in needed}


def _on(loss: Any, on: On) -> Any:
    return loss if on == "outputs" else adrjax.select(loss, on)


def _named_parts(loss: Callable[..., Any], outputs: Any, labels: Any) -> train.Parts:
    """Returns a plain loss, or if it returns several by name, one loss for each."""
    found = on_one_device(loss, outputs, labels)
    if not isinstance(found, Mapping):
        return loss

    def part(name: str) -> Callable[[Any, jax.Array], jax.Array]:
        return lambda outputs, labels: loss(outputs, labels)[name]

    return {name: part(name) for name in found}


def on_one_device(function: Callable[..., Any], *shapes: Any) -> Any:
    """Returns the shapes of a function's results inside the device axis `"batch"`."""
    batches = jax.tree.map(
        lambda x: jax.ShapeDtypeStruct((1, *x.shape), x.dtype), shapes
    )
    mapped = jax.eval_shape(jax.vmap(function, axis_name="batch"), *batches)
    return jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), mapped)


def total(parts: train.Parts) -> StatefulLoss:
    """Returns the sum of the parts of a loss."""
    return adrjax.add(*train.objective(parts).values())
