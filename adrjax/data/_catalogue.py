"""The list of the data sets of this package."""

from collections.abc import Callable
import inspect
from typing import Any

from adrjax import data
from adrjax.data._dataset import Dataset
from adrjax.data._pairs import Pairs


def catalogue() -> dict[str, Dataset | Pairs]:
    """Returns the data sets of `adrjax.data` with their defaults, by function name.

    They are its functions that return a `Dataset` or `Pairs` and have a default for
    every parameter.

    Example:
        >>> from adrjax import data
        >>> data.catalogue()["cifar10"].num_classes
        10
    """
    return {
        name: function()
        for name, function in sorted(vars(data).items())
        if inspect.isfunction(function) and _makes_a_data_set(function)
    }


def _makes_a_data_set(function: Callable[..., Any]) -> bool:
    signature = inspect.signature(function)
    required = [p for p in signature.parameters.values() if p.default is p.empty]
    return signature.return_annotation in (Dataset, Pairs) and not required
