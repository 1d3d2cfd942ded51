"""Initial parameters have the distributions of the papers' PyTorch."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.backbones import AlexNet, CifarResNet, ConvMixer


@functools.cache
def initial(model, layers):
    def init(key):
        params = model.init(key, jnp.zeros((1, 32, 32, 3)), train=False)["params"]
        return {layer: params[layer] for layer in layers}  # others are not compiled

    return jax.jit(init)(jax.random.key(0))


# U(-b, b) with b = 1 / sqrt(fan_in).
@pytest.mark.parametrize(
    "model, fan_in",
    [
        (AlexNet(), {"features_0": 3 * 11 * 11, "features_10": 256 * 3 * 3}),
        (
            ConvMixer(depth=1),
            {"stem_0": 3 * 2 * 2, "blocks_0_0_fn_0": 5 * 5, "blocks_0_1": 256},
        ),
    ],
)
def test_convolutions_with_a_bias_start_as_in_torch(model, fan_in):
    params = initial(model, tuple(fan_in))
    for layer, n in fan_in.items():
        for value in params[layer].values():
            uniform = np.abs(value) * n**0.5
            assert 0.95 < uniform.max() <= 1
            np.testing.assert_allclose(uniform.mean(), 0.5, atol=0.1)
            np.testing.assert_allclose(np.sign(value).mean(), 0, atol=0.2)


def test_convolutions_of_residual_blocks_start_normal_in_the_fan_out():
    layers = {"layer1_0_conv1": 16, "layer3_0_conv1": 64}
    params = initial(CifarResNet(depth=8), tuple(layers))
    for layer, width in layers.items():
        normal = np.asarray(params[layer]["kernel"]) / (2 / (9 * width)) ** 0.5
        np.testing.assert_allclose(normal.std(), 1, atol=0.05)
        assert np.abs(normal).max() > 2.5  # not truncated at 2
