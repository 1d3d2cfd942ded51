"""The objective of an update: a sum of named parts."""

from collections.abc import Mapping

from adrjax._base import Loss, StatefulLoss, stateless
from adrjax.train import _arguments
from adrjax.train._errors import ArgumentError

Objective = Mapping[str, StatefulLoss]
Parts = Loss | StatefulLoss | Mapping[str, Loss | StatefulLoss]

# train_loss, train_accuracy and train_then are recorded in every epoch.
_RESERVED = ("loss", "accuracy", "then")


def objective(loss: Parts) -> Objective:
    """Returns the parts of a loss by name, each as a `StatefulLoss`.

    Args:
        loss: A loss, or a mapping of several, whose sum is minimized and which are
            recorded one by one: `{"base": cross_entropy, "regularizer": ...}`.

    Raises:
        ArgumentError: If there is no part, or one has the name of a recorded metric:
            `"loss"`, `"accuracy"` or `"then"`.
    """
    if not isinstance(loss, Mapping):
        return {"loss": _stateful(loss)}
    if not loss:
        raise ArgumentError("loss must have at least one part, got none")
    _arguments.check_disjoint("the parts of a loss", loss, _RESERVED)
    return {name: _stateful(part) for name, part in loss.items()}


def _stateful(loss: Loss | StatefulLoss) -> StatefulLoss:
    return loss if isinstance(loss, StatefulLoss) else stateless(loss)
