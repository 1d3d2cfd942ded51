"""What decides the numbers of a run, in words that can be compared."""

from collections.abc import Mapping, Sequence, Set
import dataclasses
import functools
import hashlib
import json
import math
import re
import sys
import types
from typing import Any

import flax.linen as nn
import jax
import numpy as np

from adrjax import data, train

DECIDES_NOTHING = ("builder", "files", "sizes")  # of a data set, or of a set of pairs


def describe(x: Any, name: str = "it") -> Any:
    """Returns a description in JSON's types; two things with one are the same.

    Functions and classes are told by their names, with the arguments that
    `functools.partial` binds; arrays by shape, dtype and checksum; modules and dataclasses
    by the fields that differ from the defaults.

    Args:
        x: Anything that decides a number.
        name: Where it comes from, for errors.

    Raises:
        ArgumentError: If it has no name of its own, such as a lambda.
    """
    if isinstance(x, float) and not math.isfinite(x):
        return repr(x)  # JSON has no infinity
    if x is None or isinstance(x, bool | int | float | str):
        return x
    if isinstance(x, np.generic | np.ndarray | jax.Array):
        return _array(np.asarray(x))
    if isinstance(x, functools.partial):
        arguments = {str(i): value for i, value in enumerate(x.args)} | x.keywords
        return {_path(x.func, name): _mapping(arguments, name)}
    if isinstance(x, type):
        return _path(x, name)
    if dataclasses.is_dataclass(x):
        return {"class": _path(type(x), name)} | _fields(x, name)
    if isinstance(x, tuple) and hasattr(x, "_fields"):  # a NamedTuple
        fields = {field: getattr(x, field) for field in getattr(x, "_fields", ())}
        return {"class": _path(type(x), name)} | _mapping(fields, name)
    if isinstance(x, Mapping):
        return _mapping(x, name)
    if isinstance(x, Sequence):
        return [describe(value, f"{name}[{i}]") for i, value in enumerate(x)]
    if isinstance(x, Set | range):
        return sorted(x)
    return _path(x, name)


def digest(description: Any) -> str:
    """Returns eight hexadecimal digits that tell a description from others."""
    text = json.dumps(description, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def slug(name: str) -> str:
    """Returns a name in lower-case letters, digits, dots and single dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")


def _array(array: np.ndarray) -> Any:
    if array.ndim == 0:
        return describe(array.item())
    checksum = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:8]
    return f"{array.dtype}{[*array.shape]} {checksum}"


def _mapping(x: Mapping[Any, Any], name: str) -> dict[str, Any]:
    return {str(key): describe(value, f"{name}.{key}") for key, value in x.items()}


def _fields(x: Any, name: str) -> dict[str, Any]:
    """Returns the fields of a dataclass that differ from their defaults."""
    described = {}
    for field in dataclasses.fields(x):
        is_of_flax = isinstance(x, nn.Module) and field.name in ("parent", "name")
        is_of_data = isinstance(x, data.Dataset | data.Pairs)
        value = getattr(x, field.name)
        if is_of_flax or (is_of_data and field.name in DECIDES_NOTHING):
            continue
        is_plain = isinstance(value, bool | int | float | str | tuple)
        is_plain &= isinstance(field.default, bool | int | float | str | tuple)
        if value is field.default or (is_plain and value == field.default):
            continue
        described[field.name] = describe(value, f"{name}.{field.name}")
    return described


def _path(x: Any, name: str) -> str:
    """Returns the module and the name of a function or a class."""
    path = getattr(x, "__qualname__", getattr(x, "__name__", ""))
    module = getattr(x, "__module__", None)
    owner = getattr(x, "__self__", None)  # of a bound method, or a module of C
    is_bound = not isinstance(owner, type | types.ModuleType | None)
    if not path or not module or "<" in path or is_bound:
        kind = "class" if isinstance(x, type) else "function"
        raise train.ArgumentError(
            f"{name} must be a {kind} at the top level of a module, with its settings "
            f"bound by functools.partial or in a mapping, got {x!r}: the results of a run "
            "are found again by the name of what it was trained with, and this has none"
        )
    if module == "__main__":  # a page that is run as a script
        spec = sys.modules["__main__"].__spec__
        module = module if spec is None else spec.name
    return f"{module}.{path}"
