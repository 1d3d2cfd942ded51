"""`backbones.CifarResNet`: He et al., Section 4.2."""

import itertools

import pytest

from adrjax import backbones
from tests.backbones._shapes import count_parameters


# Table 6 of the paper, in millions.
@pytest.mark.parametrize(
    "depth, millions, digits",
    [(20, 0.27, 2), (32, 0.46, 2), (44, 0.66, 2), (56, 0.85, 2), (110, 1.7, 1)],
)
def test_parameters_are_those_of_table_6(depth, millions, digits):
    # "a stack of 6n layers with 3 x 3 convolutions on the feature maps of sizes
    # {32, 16, 8} respectively, with 2n layers for each feature map size"
    layers = (depth - 2) // 3
    widths = [3, 16] + [16] * layers + [32] * layers + [64] * layers
    convolutions = sum(9 * i * o for i, o in itertools.pairwise(widths))
    expected = convolutions + sum(2 * width for width in widths[1:]) + (64 + 1) * 10
    model = getattr(backbones, f"CifarResNet{depth}")()
    assert count_parameters(model, (32, 32, 3), 10) == expected
    assert round(expected / 1e6, digits) == millions
