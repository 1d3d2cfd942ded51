"""Sizes of networks and images that are an error."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import backbones
from tests.backbones._shapes import shapes_of

CIFAR, MNIST = (32, 32, 3), (28, 28, 1)
IENet = functools.partial(backbones.IENet, size=8, stem=0, layers=1, kernel=3)


@pytest.mark.parametrize(
    "model, image, message",
    [
        (backbones.PreActResNet(depth=45), CIFAR, r"6 n \+ 2 .*, got 45"),
        (backbones.CifarResNet(depth=2), CIFAR, r"6 n \+ 2 .*, got 2"),
        (backbones.CifarResNet(depth=18), CIFAR, r"6 n \+ 2 .*, got 18"),
        (backbones.WideResNet(depth=26, widen=1), CIFAR, r"6 n \+ 4 .*, got 26"),
        (
            backbones.ResNet18(stem="tiny"),
            CIFAR,
            r'stem must be "imagenet" or "cifar", got \'tiny\'',
        ),
        (
            backbones.DenseNet121(),
            (31, 32, 3),
            r"at least 32 x 32 pixels, got shape \(1, 31, 32, 3\)",
        ),
        (backbones.DenseNet121(stem="cifar", pool=False), (7, 8, 3), "at least 8 x 8"),
        (backbones.GoogLeNet(), MNIST, "at least 32 x 32"),
        (backbones.InceptionBN(), (48, 32, 3), r"sides of 32 n - 1 to 32 n \+ 6"),
        (backbones.ResNet18(), (0, 32, 3), r"at least 1 x 1 pixels"),
        (
            backbones.AlexNet(),
            (224, 224, 3),
            r"\[batch, 32, 32, channels\], got .* 224",
        ),
        (backbones.DigitsCNN(), MNIST, r"\[batch, 8, 8, channels\], got .* 28, 1"),
        (backbones.IEFace(), (112, 112, 3), r"\[batch, 112, 96, channels\], got shape"),
        (backbones.IResNet18(), (112, 96, 3), r"\[batch, 112, 112, channels\]"),
        (backbones.LeNet(), (32, 32, 1), r"\[batch, 28, 28, channels\]"),
        (backbones.ResNet3D34(), (64, 64, 3), r"\[batch, time, height, width, chan"),
        (
            backbones.ConvMixer(patch=7),
            (32, 4, 3),
            r"at least one patch of 7 x 7, got .*\(1, 32",
        ),
        (
            backbones.ViTBase16(),
            CIFAR,
            r"\[batch, 224, 224, channels\], got .*1, 32, 32",
        ),
        (
            backbones.ViT(dim=8, heads=1, image=30),
            (30, 30, 3),
            "multiple of patch=16, got 30",
        ),
        (
            backbones.ViT(dim=8, heads=3, patch=4, image=8),
            (8, 8, 3),
            "heads must divide the dimension 8, got heads=3",
        ),
        (
            backbones.SwinTiny(),
            (256, 256, 3),
            r"sides .* multiples of 224, got .*1, 256, 256",
        ),
        (backbones.SwinTiny(), (224, 3), r"\[batch, height, width, channels\], got"),
        (
            backbones.Swin(dim=8, depths=(1,), heads=(2,)),
            (28, 14, 3),
            "multiples of 28, got",
        ),
        (
            backbones.Swin(dim=8, depths=(1, 1), heads=(2,)),
            (56, 56, 3),
            r"one number a stage, got depths=\(1, 1\) and heads=\(2,\)",
        ),
    ],
)
def test_size_that_a_network_cannot_have_is_an_error(model, image, message):
    with pytest.raises(ValueError, match=message):
        shapes_of(model, image)


@pytest.mark.parametrize(
    "model, name",
    [
        (backbones.ConvMixer(dim=0), "dim"),
        (backbones.ConvMixer(patch=0), "patch"),
        (backbones.ViT(dim=8, heads=0), "heads"),
        (backbones.ViT(dim=8, heads=1, depth=-1), "depth"),
        (backbones.Swin(dim=8, depths=(1, 0), heads=(1, 1)), "depths"),
        (backbones.ResNet(blocks=[1, 0], bottleneck=False), "blocks"),
        (backbones.ResNet3D(blocks=(0,)), "blocks"),
        (backbones.IResNet(blocks=(0,)), "blocks"),
        (backbones.DenseNet(blocks=(1,), growth=0), "growth"),
        (backbones.WideResNet(depth=10, widen=0), "widen"),
        (backbones.SegmentationNet(features=0), "features"),
        (backbones.IEFaceNet(widen=0), "widen"),
        (IENet(widths=(0,), features=1), "widths"),
        (IENet(widths=(1,), features=0), "features"),
    ],
)
def test_number_below_one_is_an_error(model, name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got"):
        shapes_of(model, (224, 224, 3))


def test_number_that_is_not_an_integer_is_an_error():
    with pytest.raises(TypeError, match=r"depth must be .*, got 20\.0"):
        shapes_of(backbones.CifarResNet(depth=20.0), CIFAR)


@pytest.mark.parametrize("rate", [-0.5, 1.5])
@pytest.mark.parametrize(
    "build, image, name",
    [
        (backbones.FerVGG, (40, 40, 1), "dropout"),
        (functools.partial(backbones.ResNet3D, blocks=(1,)), (2, 8, 8, 3), "dropout"),
        (
            functools.partial(backbones.ViT, dim=8, heads=1, depth=1, patch=4, image=8),
            (8, 8, 3),
            "drop_path",
        ),
    ],
)
def test_dropout_that_is_not_a_rate_is_an_error(build, image, name, rate):
    with pytest.raises(ValueError, match=rf"{name} must be in \[0, 1\], got"):
        shapes_of(build(**{name: rate}), image)


def test_images_may_be_numpy_or_lists():
    model = backbones.SegmentationNet(features=2, layers=1)
    image = np.zeros((1, 2, 2, 1))
    variables = model.init(jax.random.key(0), image, train=False)
    features = model.apply(variables, image.tolist(), train=False)
    assert features.shape == (1, 2, 2, 2) and features.dtype == jnp.float32
