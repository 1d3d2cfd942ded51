"""What an update of the parameters minimizes: a sum of named parts."""

from collections.abc import Mapping

from adrjax._base import Loss, StatefulLoss, stateless

Objective = Mapping[str, StatefulLoss]
Parts = Loss | StatefulLoss | Mapping[str, Loss | StatefulLoss]


def objective(loss: Parts) -> Objective:
    """Returns the parts of a loss, each with a state.

    Args:
        loss: A loss, or several by name, whose sum is minimized and each of which is
            shown: `{"base": cross_entropy, "regularizer": ...}`.

    Raises:
        ValueError: If there is no loss.
    """
    parts = loss if isinstance(loss, Mapping) else {"loss": loss}
    if not parts:
        raise ValueError("loss wants at least one part, got none")
    return {
        name: part if isinstance(part, StatefulLoss) else stateless(part)
        for name, part in parts.items()
    }
