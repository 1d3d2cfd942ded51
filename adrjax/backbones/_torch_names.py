"""Layer names of published models that differ from those of the backbones."""

from collections.abc import Callable, Sequence
import itertools
import pathlib
import re
from typing import NamedTuple

from adrjax.backbones._mobilenet import STAGES

# Prefixes of torch.compile, DistributedDataParallel and Lightning.
_PREFIXES = re.compile(r"^(?:(?:_orig_mod|module|model)\.)+")


class _Naming(NamedTuple):
    """The names of a model, and how to get a backbone's names from them.

    Attributes:
        marker: The beginning of a name that only files of the model have.
        rules: Patterns and their replacements, applied in this order.
    """

    marker: str
    rules: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]


_MLP = (
    (r"\.mlp\.(?:0|linear_1)\.", ".mlp.fc1."),
    (r"\.mlp\.(?:3|linear_2)\.", ".mlp.fc2."),
)
_TORCHVISION_VIT = _Naming(
    "encoder.layers.encoder_layer_0.",
    (
        (r"^class_token$", "cls_token"),
        (r"^conv_proj\.", "patch_embed.proj."),
        (r"^encoder\.pos_embedding$", "pos_embed"),
        (r"^encoder\.layers\.encoder_layer_", "blocks."),
        (r"^encoder\.ln\.", "norm."),
        (r"\.ln_([12])\.", r".norm\1."),
        (r"\.self_attention\.in_proj_", ".attn.qkv."),
        (r"\.self_attention\.out_proj\.", ".attn.proj."),
        *_MLP,
    ),
)
# Even numbers are the patch embedding and the downsampling before a stage.
_TORCHVISION_SWIN = _Naming(
    "features.1.0.attn.",
    (
        (r"^features\.0\.0\.", "patch_embed.proj."),
        (r"^features\.0\.2\.", "patch_embed.norm."),
        (r"^features\.(\d+)\.(?=\d)", lambda m: f"layers.{int(m[1]) // 2}.blocks."),
        (r"^features\.(\d+)\.", lambda m: f"layers.{int(m[1]) // 2}.downsample."),
        *_MLP,
    ),
)
# Microsoft's names, and older ones of timm: a stage ends with its downsampling.
_FIRST_SWIN = _Naming(
    "layers.0.downsample.",
    ((r"^layers\.(\d+)\.downsample", lambda m: f"layers.{int(m[1]) + 1}.downsample"),),
)
_FIRST_BLOCK = tuple(itertools.accumulate((n for _, _, n, _ in STAGES), initial=1))
_TIMM_MOBILENET = _Naming(
    "blocks.0.0.conv_dw.",
    (
        (r"^conv_stem\.", "features.0.0."),
        (r"^bn1\.", "features.0.1."),
        (r"^conv_head\.", "features.18.0."),
        (r"^bn2\.", "features.18.1."),
        (r"^blocks\.0\.0\.conv_dw\.", "features.1.conv.0.0."),
        (r"^blocks\.0\.0\.bn1\.", "features.1.conv.0.1."),
        (r"^blocks\.0\.0\.conv_pw\.", "features.1.conv.1."),
        (r"^blocks\.0\.0\.bn2\.", "features.1.conv.2."),
        (
            r"^blocks\.(\d+)\.(\d+)\.",
            lambda m: f"features.{_FIRST_BLOCK[int(m[1])] + int(m[2])}.conv.",
        ),
        (r"\.conv_pw\.", ".0.0."),
        (r"\.bn1\.", ".0.1."),
        (r"\.conv_dw\.", ".1.0."),
        (r"\.bn2\.", ".1.1."),
        (r"\.conv_pwl\.", ".2."),
        (r"\.bn3\.", ".3."),
    ),
)
# Torchvision's published weights of DenseNet-121, which it renames too.
_FIRST_DENSENET = _Naming(
    "features.denseblock1.denselayer1.norm.1.",
    ((r"\.(norm|conv)\.([12])\.", r".\1\2."),),
)
_NAMINGS = (
    _TORCHVISION_VIT,
    _TORCHVISION_SWIN,
    _FIRST_SWIN,
    _TIMM_MOBILENET,
    _FIRST_DENSENET,
)

# Other networks of the same name.
_OTHERS = {
    "inception3a.branch1.conv.": (
        "torchvision's GoogLeNet, which has batch norm and no 5 x 5 convolutions; the "
        "backbone GoogLeNet is Caffe's (bvlc_googlenet)"
    ),
}


def without_prefix(name: str) -> str:
    """Returns the name of a tensor in the model itself, not in what wraps the model."""
    return _PREFIXES.sub("", name)


def to_backbone(names: Sequence[str], path: pathlib.Path) -> dict[str, str]:
    """Returns the name that a backbone gives to each tensor of a file."""
    for marker, model in _OTHERS.items():
        if any(name.startswith(marker) for name in names):
            raise ValueError(f"{path} has the weights of {model}")
    rules = [
        rule
        for naming in _NAMINGS
        if any(name.startswith(naming.marker) for name in names)
        for rule in naming.rules
    ]
    renamed = {}
    for name in names:
        renamed[name] = name
        for pattern, replacement in rules:
            renamed[name] = re.sub(pattern, replacement, renamed[name])
    return renamed
