"""The first values of the parameters have the distributions of the papers' PyTorch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.backbones import AlexNet, CifarResNet, ConvMixer


def first_values(model, layer):
    def init(key):
        variables = model.init(key, jnp.zeros((1, 32, 32, 3)), train=False)
        return variables["params"][layer]  # the others are not even compiled

    return jax.jit(init)(jax.random.key(0))


# U(-b, b) with b = 1 / sqrt(fan_in).
@pytest.mark.parametrize(
    "model, layer, fan_in",
    [
        (AlexNet(), "features_0", 3 * 11 * 11),
        (AlexNet(), "features_10", 256 * 3 * 3),
        (ConvMixer(depth=1), "stem_0", 3 * 2 * 2),
        (ConvMixer(depth=1), "blocks_0_0_fn_0", 5 * 5),
        (ConvMixer(depth=1), "blocks_0_1", 256),
    ],
)
def test_convolutions_with_a_bias_start_as_in_torch(model, layer, fan_in):
    for value in first_values(model, layer).values():
        uniform = np.abs(value) * fan_in**0.5
        assert 0.95 < uniform.max() <= 1
        np.testing.assert_allclose(uniform.mean(), 0.5, atol=0.1)
        np.testing.assert_allclose(np.sign(value).mean(), 0, atol=0.2)


@pytest.mark.parametrize(
    "layer, width", [("layer1_0_conv1", 16), ("layer3_0_conv1", 64)]
)
def test_residual_convolutions_start_normal_in_the_fan_out(layer, width):
    kernel = first_values(CifarResNet(depth=8), layer)["kernel"]
    normal = np.asarray(kernel) / (2 / (9 * width)) ** 0.5
    np.testing.assert_allclose(normal.std(), 1, atol=0.05)
    assert np.abs(normal).max() > 2.5  # not truncated at 2
