"""The residual networks of He et al., Section 4.2, in numbers."""

import itertools

import jax
import jax.numpy as jnp
import pytest

from adrjax.backbones import (
    CifarResNet,
    CifarResNet20,
    CifarResNet32,
    CifarResNet44,
    CifarResNet56,
    CifarResNet110,
)
from tests.backbones._count import count_parameters


# Table 6 of the paper, in millions.
@pytest.mark.parametrize(
    "model, depth, millions, digits",
    [
        (CifarResNet20, 20, 0.27, 2),
        (CifarResNet32, 32, 0.46, 2),
        (CifarResNet44, 44, 0.66, 2),
        (CifarResNet56, 56, 0.85, 2),
        (CifarResNet110, 110, 1.7, 1),
    ],
)
def test_parameters_are_those_of_table_6(model, depth, millions, digits):
    # "a stack of 6n layers with 3 x 3 convolutions on the feature maps of sizes
    # {32, 16, 8} respectively, with 2n layers for each feature map size"
    layers = (depth - 2) // 3
    widths = [3, 16] + [16] * layers + [32] * layers + [64] * layers
    convolutions = sum(9 * i * o for i, o in itertools.pairwise(widths))
    expected = convolutions + sum(2 * width for width in widths[1:]) + (64 + 1) * 10
    assert count_parameters(model(), (32, 32, 3), 10) == expected
    assert round(expected / 1e6, digits) == millions


@pytest.mark.parametrize("depth", [2, 18, 21])
def test_a_depth_that_is_not_6n_plus_2_is_an_error(depth):
    with pytest.raises(ValueError, match=rf"must be 6 n \+ 2, .*, got {depth}"):
        CifarResNet(depth=depth).init(
            jax.random.key(0), jnp.zeros((1, 32, 32, 3)), train=False
        )
