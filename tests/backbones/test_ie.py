"""`backbones.IEFace` and `IEFaceWide`: Table 5 of IE."""

import pytest

from adrjax.backbones import IEFace, IEFaceWide
from tests.backbones._shapes import shapes_of


def kernels(model):
    params = shapes_of(model, (112, 96, 3))["params"]
    return {layer: leaves["kernel"] for layer, leaves in params.items()}


def test_weights_are_those_of_table_5_in_thousands():
    printed = {"conv0": 0, "conv1": 18, "conv2": 73, "conv3": 294, "conv4": 1179}
    blocks = [73, 294, 294, *[1179] * 5, *[4718] * 3]
    ours = {layer: kernel.size // 1000 for layer, kernel in kernels(IEFace()).items()}
    assert ours.pop("fc5") == 5242
    for block, weights in enumerate(blocks, start=1):
        both = [ours.pop(f"resblock{block}_conv{i}") for i in (1, 2)]
        assert sum(both) == pytest.approx(weights, abs=1)
    assert ours == printed


def test_ie_face_has_27_convolutions_and_only_those_before_conv4_are_widened():
    narrow, wide = kernels(IEFace()), kernels(IEFaceWide())
    assert sum(len(kernel.shape) == 4 for kernel in narrow.values()) == 27
    ratios = {layer: wide[layer].shape[-1] / narrow[layer].shape[-1] for layer in wide}
    assert all(ratios[f"conv{i}"] == 2 for i in (1, 2, 3))
    assert all(
        ratios[f"resblock{i}_conv2"] == (2 if i <= 8 else 1) for i in range(1, 12)
    )
    assert ratios["conv0"] == ratios["conv4"] == 1
