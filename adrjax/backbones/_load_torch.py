"""Parameters from the files that PyTorch models are published in."""

from collections.abc import Mapping, Sequence
import os
import pathlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file

LEAVES = {
    "kernel": "weight",
    "scale": "weight",
    "negative_slope": "weight",
    "mean": "running_mean",
    "var": "running_var",
}
# Buffers that count batches or can be computed.
WITHOUT_WEIGHTS = ("num_batches_tracked", "relative_position_index", "attn_mask")


def load_torch(
    variables: Any,
    path: str | os.PathLike,
    *,
    head: str | None = None,
    stem: str | None = None,
    ignore: Sequence[str] = (),
) -> Any:
    """Replaces the variables of a backbone or a classifier by those of a PyTorch model.

    A layer is found by its name, the dots replaced: `layer1.0.conv1.weight` of the file
    is the kernel of `layer1_0_conv1`. Nothing is left out in silence.

        model = heads.Classifier(backbone=ResNet50(), head=heads.Linear(10))
        variables = model.init(key, images, train=False)
        variables = load_torch(variables, "resnet50.safetensors", ignore=["fc"])

    Args:
        variables: What `init` of a backbone or a `heads.Classifier` returns, or
            `jax.eval_shape` of it where all is loaded.
        path: A `.safetensors` file, or any that `torch.save` wrote, which needs torch.
        head: The file's name of the layer to load into the head, such as `fc`. None
            leaves the head as it is.
        stem: The file's name of the convolution that may differ in its kernel or the
            channels of the image. The kernel is cropped, or padded by zeros, around its
            middle; other channels all get the mean over the old, scaled so that a gray
            image gives the same.
        ignore: Layers, or parts of names between dots, to leave out of the file, such
            as the classifier.

    Returns:
        The variables, in their own dtypes.

    Raises:
        ImportError: If the file needs torch, and it is not installed.
        ValueError: If names are missing, unexpected or of other shapes, all of which
            are listed, or the head has another number of classes.
    """
    path = pathlib.Path(path)
    found = {
        name: tensor
        for name, tensor in _read(path).items()
        if not any(f".{part}." in f".{name}." for part in (*ignore, *WITHOUT_WEIGHTS))
    }
    by_key = {name.replace(".", "_"): name for name in found}
    wanted, structure = jax.tree_util.tree_flatten_with_path(variables)
    is_classifier = "backbone" in variables["params"]
    problems, leaves = _Problems(path), []
    for place, leaf in wanted:
        _, *layers, kind = (str(part.key) for part in place)
        if is_classifier:
            part, *layers = layers
            if part == "head":
                if head is None:
                    leaves.append(leaf)
                    continue
                layers = [head, *layers]
        key = "_".join([*layers, LEAVES.get(kind, kind)]).replace(".", "_")
        if key not in by_key:
            problems.missing.append(key)
            continue
        name = by_key.pop(key)
        value = found[name]
        if kind == "kernel":
            value = np.transpose(value, (*range(2, value.ndim), 1, 0))
        if name == f"{stem}.weight" and value.ndim == leaf.ndim:
            value = _fit_stem(value, leaf.shape)
        if value.shape != leaf.shape:
            problems.misshapen.append((name, value.shape, leaf.shape))
        leaves.append(jnp.asarray(value, leaf.dtype))
    problems.unexpected.extend(by_key.values())
    problems.raise_if_any(head)
    return jax.tree_util.tree_unflatten(structure, leaves)


class _Problems:
    """What does not fit, in one message."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.misshapen: list[tuple[str, tuple, tuple]] = []

    def raise_if_any(self, head: str | None) -> None:
        for name, theirs, ours in self.misshapen:
            if name == f"{head}.weight" and theirs[:-1] == ours[:-1]:
                raise ValueError(
                    f"{head!r} in {self.path} has {theirs[-1]} classes and the head "
                    f"{ours[-1]}: take num_classes={theirs[-1]}, or keep the head as "
                    f"it is by ignore=[{head!r}] in place of head={head!r}"
                )
        shapes = [
            f"{name} {theirs}, not {ours}" for name, theirs, ours in self.misshapen
        ]
        lists = {
            "missing from the file": self.missing,
            "in the file and not in the model (ignore=[...] leaves them out, head= "
            "names the classifier)": self.unexpected,
            "of another shape (stem= adapts the first convolution)": shapes,
        }
        lines = [
            f"  {len(names)} {what}: {_listed(names)}"
            for what, names in lists.items()
            if names
        ]
        if lines:
            raise ValueError("\n".join([f"{self.path} does not fit:", *lines]))


def _listed(names: Sequence[str]) -> str:
    rest = f", and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(names[:20]) + rest


def _read(path: pathlib.Path) -> Mapping[str, np.ndarray]:
    """Returns the tensors of a file by name."""
    if path.suffix == ".safetensors":
        return load_file(path)
    try:
        import torch
    except ImportError:
        raise ImportError(
            f"reading {path} needs torch: install it, or save the weights as "
            ".safetensors where it is installed"
        ) from None
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    for wrapper in ("state_dict", "model"):
        tensors = tensors.get(wrapper, tensors)
    return {
        name.removeprefix("module."): tensor.float().numpy()
        for name, tensor in tensors.items()
    }


def _fit_stem(kernel: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Returns a kernel `[..., in, out]` of another size and number of inputs."""
    for axis, side in enumerate(shape[:-2]):
        before = (side - kernel.shape[axis]) // 2
        after = side - kernel.shape[axis] - before
        pad = [(0, 0)] * kernel.ndim
        pad[axis] = (max(before, 0), max(after, 0))
        kernel = np.pad(kernel, pad)
        start = max(-before, 0)
        kernel = kernel.take(range(start, start + side), axis)
    inputs = shape[-2]
    if inputs == kernel.shape[-2]:
        return kernel
    mean = kernel.sum(axis=-2, keepdims=True) / inputs
    return np.repeat(mean, inputs, axis=-2)
