"""`backbones.CifarResNet`: He et al., Section 4.2."""

import itertools

import jax
import numpy as np
import pytest

from adrjax import backbones
from tests.backbones._shapes import count_parameters, draw_variables, shapes_of

CIFAR = (32, 32, 3)
OPTION_B = {"shortcut": "projection", "use_bias": True}


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


def test_option_b_with_biases_has_two_projections_and_a_bias_a_convolution():
    plain, gr = (
        shapes_of(backbones.CifarResNet44(**fields), CIFAR)["params"]
        for fields in ({}, OPTION_B)
    )
    added = gr.keys() - plain.keys()
    assert added == {f"layer{i}_0_shortcut_{j}" for i in (2, 3) for j in (0, 1)}
    assert gr["layer3_0_shortcut_0"]["kernel"].shape == (1, 1, 32, 64)
    convolutions = [x for x in gr.values() if "kernel" in x]
    assert len(convolutions) == 45
    assert all(x["bias"].shape == x["kernel"].shape[-1:] for x in convolutions)
    # 16 * 32 + 32 * 64 weights, two batch norms, and the biases.
    biases = 16 + 14 * 16 + 14 * 32 + 14 * 64 + (32 + 64)
    more = sum(x.size for x in jax.tree.leaves(gr)) - sum(
        x.size for x in jax.tree.leaves(plain)
    )
    assert more == 16 * 32 + 32 * 64 + 2 * (32 + 64) + biases


def test_a_projection_of_the_first_channels_is_the_padding():
    plain, projected = (
        backbones.CifarResNet(depth=8, shortcut=x) for x in ("padding", "projection")
    )
    variables = draw_variables(projected, (8, 8, 3))
    norm = {"mean": np.zeros, "var": np.ones}
    for stage, width in ((2, 32), (3, 64)):
        name = f"layer{stage}_0_shortcut"
        old = width // 2
        kernel = np.eye(old, width, old // 2)[None, None]
        variables["params"][f"{name}_0"]["kernel"] = kernel
        statistics = {key: of(width) for key, of in norm.items()}
        variables["batch_stats"][f"{name}_1"] = statistics
        affine = {"scale": np.full(width, (1 + 1e-5) ** 0.5), "bias": np.zeros(width)}
        variables["params"][f"{name}_1"] = affine
    alone = {
        kind: {name: x for name, x in layers.items() if "shortcut" not in name}
        for kind, layers in variables.items()
    }
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(
        projected.apply(variables, images, train=False),
        plain.apply(alone, images, train=False),
        rtol=1e-5,
    )


def test_another_shortcut_is_refused():
    with pytest.raises(ValueError, match="'padding', 'projection', got 'conv'"):
        shapes_of(backbones.CifarResNet(depth=8, shortcut="conv"), CIFAR)
