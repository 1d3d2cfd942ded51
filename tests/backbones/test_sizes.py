"""A depth, stem or image that a network cannot have is one clear sentence."""

import jax
import jax.numpy as jnp
import pytest

from adrjax import backbones


@pytest.mark.parametrize(
    "model, image, message",
    [
        (
            backbones.PreActResNet(depth=45),
            (32, 32, 3),
            r"depth must be 6 n \+ 2, .*, got 45",
        ),
        (
            backbones.WideResNet(depth=26, widen=1),
            (32, 32, 3),
            r"depth must be 6 n \+ 4, .*, got 26",
        ),
        (
            backbones.ResNet18(stem="tiny"),
            (32, 32, 3),
            r'stem must be "imagenet" or "cifar", got \'tiny\'',
        ),
        (
            backbones.DenseNet121(),
            (31, 32, 3),
            r"at least 32 x 32 pixels, got shape \(1, 31, 32, 3\)",
        ),
        (backbones.DenseNet121(stem="cifar", pool=False), (7, 8, 3), "at least 8 x 8"),
        (backbones.GoogLeNet(), (28, 28, 1), "at least 32 x 32"),
        (backbones.InceptionBN(), (48, 32, 3), r"sides of 32 n - 1 to 32 n \+ 6"),
        (backbones.IEFace(), (112, 112, 3), r"\[batch, 112, 96, channels\], got shape"),
        (backbones.IResNet18(), (112, 96, 3), r"\[batch, 112, 112, channels\]"),
        (backbones.LeNet(), (32, 32, 1), r"\[batch, 28, 28, channels\]"),
        (backbones.ResNet3D34(), (64, 64, 3), r"\[batch, time, height, width, chan"),
    ],
)
def test_what_a_network_cannot_have_is_an_error(model, image, message):
    with pytest.raises(ValueError, match=message):
        model.init(jax.random.key(0), jnp.zeros((1, *image)), train=False)
