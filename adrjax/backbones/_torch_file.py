"""Tensors by name, from the files of PyTorch models."""

import argparse
from collections.abc import Mapping
import importlib
import pathlib
import pickle
import re
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

# Entries that hold the state dict in files of torch's tutorials, Lightning and timm. If
# there are several, the first of these is read: like timm, the moving average.
_WRAPPERS = (
    "state_dict_ema",
    "model_ema",
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "params",
)


def read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Returns the tensors of a file by name, in float32."""
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    return _read_torch(path)


def _read_safetensors(path: pathlib.Path) -> dict[str, np.ndarray]:
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole .safetensors file: {error}") from error
    return {name: np.asarray(x, np.float32) for name, x in tensors.items()}


def _read_torch(path: pathlib.Path) -> dict[str, np.ndarray]:
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        raise ImportError(
            f"reading {path} needs torch: install it, or save the weights as "
            ".safetensors on a machine that has torch"
        ) from None
    try:
        # Training scripts, such as timm's, save their arguments beside the weights.
        with torch.serialization.safe_globals([argparse.Namespace]):
            contents = torch.load(path, map_location="cpu", weights_only=True)
    except (EOFError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise ValueError(_describe_failure(path, str(error))) from error
    found = _unwrap(contents)
    tensors = {
        name: x.detach().float().numpy()
        for name, x in (found.items() if isinstance(found, Mapping) else ())
        if isinstance(name, str) and isinstance(x, torch.Tensor)
    }
    if not tensors:
        raise ValueError(
            f"{path} must hold a state dict, or one in an entry "
            f"{', '.join(map(repr, _WRAPPERS))}: it holds {_describe(found)} and no "
            "tensors by name"
        )
    return tensors


def _describe_failure(path: pathlib.Path, message: str) -> str:
    other = re.search(r"Unsupported global: GLOBAL (\S+)", message)
    if other is None:
        reason = message.splitlines()[0] if message else "it is empty or cut off"
        return f"{path} is not a whole file of tensors by torch.save: {reason}"
    return (
        f"{path} holds an object of {other[1]} and not only tensors. It is not loaded, "
        "because loading it can run code: in torch, save only the weights by "
        "torch.save(model.state_dict(), path)"
    )


def _unwrap(contents: Any) -> Any:
    """Returns the state dict of what a file holds, without the entries around it."""
    if isinstance(contents, Mapping):
        for wrapper in _WRAPPERS:
            if isinstance(contents.get(wrapper), Mapping):
                return _unwrap(contents[wrapper])
    return contents


def _describe(found: Any) -> str:
    if isinstance(found, Mapping):
        return f"the entries {', '.join(map(repr, found))}" if found else "no entry"
    return f"a {type(found).__name__}"
