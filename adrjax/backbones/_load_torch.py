"""Parameters from the files of PyTorch models."""

from collections.abc import Iterable, Sequence
import math
import os
import pathlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from adrjax.backbones import _torch_file, _torch_names

_LEAVES = {
    "kernel": "weight",
    "scale": "weight",
    "weights": "weight",
    "mean": "running_mean",
    "var": "running_var",
}
# Buffers that count batches or follow from the shapes.
_NO_WEIGHTS = (
    "num_batches_tracked",
    "n_averaged",
    "relative_position_index",
    "attn_mask",
)


def load_torch(
    variables: Any,
    path: str | os.PathLike,
    *,
    head: str | None = None,
    stem: str | None = None,
    ignore: Sequence[str] = (),
) -> Any:
    """Loads the weights of a PyTorch model into a backbone or a classifier.

    A layer is found by its name, with dots replaced: `layer1.0.conv1.weight` of the
    file is the kernel of `layer1_0_conv1`. Each tensor must have its place and each
    variable its tensor, or an error lists all that differ.

        model = heads.Classifier(backbone=ResNet50(), head=heads.Linear(10))
        variables = model.init(key, images, train=False)
        variables = load_torch(variables, "resnet50.safetensors", ignore=["fc"])

    The file holds a state dict, or has an entry with one, such as "state_dict", "model"
    or "net". If there are several, the moving average is read ("state_dict_ema",
    "model_ema"). Entries that are not tensors, such as the epoch, are skipped. The
    prefixes `module.`, `model.` and `_orig_mod.` are removed from the names.

    Names are those that the docstring of the network refers to. Torchvision's ViT and
    Swin, Microsoft's Swin and timm's MobileNetV2 can be loaded too. Position embeddings
    of a ViT for another image size are resized by bicubic interpolation, as in timm.
    The neck of a classifier is kept as it is.

    Args:
        variables: The result of `init` of a backbone or a `heads.Classifier`, or of
            `jax.eval_shape` of it if everything is loaded.
        path: A `.safetensors` file, or a file of `torch.save`, which needs torch.
        head: The file's name of the layer to load into the head, such as `fc`. None
            keeps the head as it is.
        stem: The file's name of the first convolution, to load it with another kernel
            size or number of channels. The kernel is cropped or padded by zeros around
            its center. With another number of channels, each gets the mean over the old
            ones, scaled to the same response to a gray image.
        ignore: Layers, or parts of names between dots, to skip in the file, such as the
            classifier.

    Returns:
        The variables, in their own dtypes.

    Raises:
        ImportError: If the file needs torch, and torch is not installed.
        ValueError: If the file cannot be read or has no state dict, it is of another
            network, names are missing, unexpected or of other shapes (all are listed),
            the head has another number of classes, or there is no head.
    """
    path = pathlib.Path(path)
    if "params" not in variables:
        raise ValueError(
            "variables must be the result of `init`, with an entry 'params', got the "
            f"entries {', '.join(map(repr, variables))}"
        )
    is_classifier = "backbone" in variables["params"]
    if head is not None and not is_classifier:
        raise ValueError(
            f"head={head!r} needs the variables of a heads.Classifier, got those of a "
            f"backbone: use ignore=[{head!r}]"
        )
    tensors = _tensors_by_key(path, (*ignore, *_NO_WEIGHTS))
    expected, structure = jax.tree_util.tree_flatten_with_path(variables)
    mismatch, leaves = _Mismatch(path), []
    for place, leaf in expected:
        _, *layers, kind = (str(part.key) for part in place)
        if is_classifier:
            part, *layers = layers
            if part == "neck":
                leaves.append(leaf)
                continue
            if part == "head":
                if head is None:
                    leaves.append(leaf)
                    continue
                layers = [head, *layers]
        key = _to_key("_".join([*layers, _LEAVES.get(kind, kind)]))
        if key not in tensors:
            mismatch.missing.append(key)
            continue
        name, value = tensors.pop(key)
        if kind == "kernel":
            value = np.transpose(value, (*range(2, value.ndim), 1, 0))
        if name == f"{stem}.weight" and value.ndim == leaf.ndim:
            value = _fit_stem(value, leaf.shape)
        if kind == "pos_embed" and value.ndim == leaf.ndim:
            value = _resize_positions(value, leaf.shape[1])
        if value.shape != leaf.shape:
            mismatch.shapes.append((name, value.shape, leaf.shape))
        leaves.append(jnp.asarray(value, leaf.dtype))
    mismatch.unexpected.extend(name for name, _ in tensors.values())
    mismatch.raise_if_any(head)
    return jax.tree_util.tree_unflatten(structure, leaves)


class _Mismatch:
    """The differences between a file and a network, reported in one error."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.shapes: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []

    def raise_if_any(self, head: str | None) -> None:
        for name, found, expected in self.shapes:
            if name == f"{head}.weight" and found[:-1] == expected[:-1]:
                raise ValueError(
                    f"{head!r} in {self.path} has {found[-1]} classes and the head "
                    f"{expected[-1]}: use num_classes={found[-1]}, or keep the head as "
                    f"it is by ignore=[{head!r}] in place of head={head!r}"
                )
        shapes = [
            f"{name} {found}, not {expected}" for name, found, expected in self.shapes
        ]
        lists = {
            "missing from the file": self.missing,
            "in the file and not in the network (ignore=[...] skips them, head= names "
            "the classifier)": self.unexpected,
            "of another shape (stem= adapts the first convolution)": shapes,
        }
        lines = [
            f"  {len(names)} {what}: {_join(names)}"
            for what, names in lists.items()
            if names
        ]
        if lines:
            raise ValueError(
                "\n".join([f"{self.path} does not fit the network:", *lines])
            )


def _join(names: Sequence[str]) -> str:
    rest = f", and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(names[:20]) + rest


def _tensors_by_key(
    path: pathlib.Path, ignore: Iterable[str]
) -> dict[str, tuple[str, np.ndarray]]:
    """Returns name and value of each tensor, by the backbone's name of it."""
    tensors = [
        (name, value)
        for original, value in _torch_file.read(path).items()
        for name in [_torch_names.without_prefix(original)]
        if not any(f".{part}." in f".{name}." for part in ignore)
    ]
    names = _torch_names.to_backbone([name for name, _ in tensors], path)
    by_key = {_to_key(names[name]): (name, value) for name, value in tensors}
    if len(by_key) < len(tensors):
        raise ValueError(
            f"{path} has several tensors of the same name, apart from prefixes such as "
            "'module.': save one network"
        )
    return by_key


def _to_key(name: str) -> str:
    return name.replace(".", "_")


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


def _resize_positions(positions: np.ndarray, num_tokens: int) -> np.ndarray:
    """Returns `[1, 1 + patches, dim]` for another number of patches of a square."""
    old, new = (math.isqrt(n - 1) for n in (positions.shape[1], num_tokens))
    if old == new or old**2 + 1 != positions.shape[1]:
        return positions
    token, patches = np.split(positions, [1], axis=1)
    grid = patches.reshape(1, old, old, -1)
    resized = jax.image.resize(grid, (1, new, new, grid.shape[-1]), "cubic")
    return np.concatenate([token, resized.reshape(1, new**2, -1)], axis=1)
