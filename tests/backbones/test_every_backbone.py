"""Properties of every backbone: parameters, precision, errors, numbers of devices."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import backbones
from tests.backbones._shapes import draw_variables, shapes_of
from tests.compilation import AS_FOR_USERS
from tests.factors import factor_dtypes

# jaxlib 0.12 gives wrong values or NaN for some networks in bfloat16 on a CPU, if XLA
# fuses their layers by YNNPACK.
WITHOUT_YNN = {"xla_cpu_experimental_ynn_fusion_type": ""}
CIFAR, MNIST, IMAGENET, FACE = (32, 32, 3), (28, 28, 1), (224, 224, 3), (112, 112, 3)
# The image of the papers, the features, the classes, and the parameters with those of a
# linear classifier, as the source prints them or as its layer list adds up.
PUBLISHED = {
    "AlexNet": (CIFAR, 256, 10, 2_472_266),  # github.com/bearpaw/pytorch-classification
    "CifarResNet20": (CIFAR, 64, 10, 269_722),  # pytorch_resnet_cifar10: 0.27 M, ...
    "CifarResNet32": (CIFAR, 64, 10, 464_154),
    "CifarResNet44": (CIFAR, 64, 10, 658_586),
    "CifarResNet56": (CIFAR, 64, 10, 853_018),
    "CifarResNet110": (CIFAR, 64, 10, 1_727_962),
    "ConvMixer": (CIFAR, 256, 10, 594_186),  # github.com/locuslab/convmixer-cifar10
    "DigitsCNN": ((8, 8, 1), 64, 10, 85_066),
    # torchvision
    "DenseNet121": (CIFAR, 1024, 1000, 7_978_856),
    "MobileNetV2": (CIFAR, 1280, 1000, 3_504_872),
    "ResNet18": (IMAGENET, 512, 1000, 11_689_512),
    "ResNet34": (IMAGENET, 512, 1000, 21_797_672),
    "ResNet50": (IMAGENET, 2048, 1000, 25_557_032),
    "ResNet101": (IMAGENET, 2048, 1000, 44_549_160),
    "ResNet152": (IMAGENET, 2048, 1000, 60_192_808),
    # timm
    "ViTTiny16": (IMAGENET, 192, 1000, 5_717_416),
    "ViTSmall16": (IMAGENET, 384, 1000, 22_050_664),
    "ViTBase16": (IMAGENET, 768, 1000, 86_567_656),
    "SwinTiny": (IMAGENET, 768, 1000, 28_288_354),
    "SwinBase": (IMAGENET, 1024, 1000, 87_768_224),
    # cifar100_resnet of dimensionality-driven-learning, pytorchcv, pretrainedmodels
    "PreActResNet44": (CIFAR, 64, 100, 668_676),
    "WideResNet28x10": (CIFAR, 640, 10, 36_479_194),
    "InceptionBN": ((227, 227, 3), 1024, 1000, 11_295_240),
    # insightface's iresnet.py, without the 512 scales that it fixes at 1
    "IResNet18": (FACE, 512, 0, 24_025_600 - 512),
    "IResNet34": (FACE, 512, 0, 34_139_328 - 512),
    "IResNet50": (FACE, 512, 0, 43_590_848 - 512),
    "IResNet100": (FACE, 512, 0, 65_156_160 - 512),
    # vgg.py of usef-kh/fer, Resnet3D.py of xp-ji/DOGV-ST3D
    "FerVGG": ((40, 40, 1), 4096, 7, 29_890_759),
    "ResNet3D34": ((16, 224, 224, 3), 512, 60, 63_544_316),
    "CifarNet": (CIFAR, 192, 10, 1_756_426),  # inception_model.py of mentornet
    # Caffe's prototxt
    "Cifar10Full": (CIFAR, 1024, 10, 89_578),
    "Cifar10Quick": (CIFAR, 64, 10, 145_578),
    "GoogLeNet": (CIFAR, 1024, 1000, 6_998_552),
    "LeNet": (MNIST, 500, 10, 431_080),
    # Tables 1 and 5 of IE
    "IECifar10": (CIFAR, 256, 10, 1_537_034),
    "IECifar100": (CIFAR, 512, 100, 9_346_340),
    "IEFace": ((112, 96, 3), 512, 10_575, 32_954_511),
    "IEFaceWide": ((112, 96, 3), 512, 10_575, 54_944_335),
    "IEMnist": (MNIST, 256, 10, 599_242),
    "IEMnist2D": (MNIST, 2, 10, 799_872),
}

SmallConvMixer = functools.partial(backbones.ConvMixer, dim=8, depth=1)
SmallCifarResNet = functools.partial(backbones.CifarResNet, depth=8)
small_stem = {"stem": "cifar", "pool": False}
SMALL = {  # one of each family, and its image
    "AlexNet": (backbones.AlexNet, CIFAR),
    "Cifar10Full": (backbones.Cifar10Full, CIFAR),
    "Cifar10Quick": (backbones.Cifar10Quick, CIFAR),
    "CifarNet": (backbones.CifarNet, CIFAR),
    "CifarResNet": (SmallCifarResNet, (8, 8, 3)),
    "ConvMixer": (SmallConvMixer, (8, 8, 3)),
    "DenseNet": (
        functools.partial(
            backbones.DenseNet, blocks=(1, 1, 1, 1), growth=8, **small_stem
        ),
        (8, 8, 3),
    ),
    "DigitsCNN": (backbones.DigitsCNN, (8, 8, 1)),
    "FerVGG": (backbones.FerVGG, (40, 40, 1)),
    "GoogLeNet": (backbones.GoogLeNet, CIFAR),
    "IEFaceNet": (backbones.IEFace, (112, 96, 3)),
    "IENet": (
        functools.partial(
            backbones.IENet,
            size=8,
            stem=0,
            layers=1,
            widths=(8, 8),
            kernel=3,
            features=8,
        ),
        (8, 8, 3),
    ),
    "IResNet": (functools.partial(backbones.IResNet, blocks=(1, 1, 1, 1)), FACE),
    "InceptionBN": (backbones.InceptionBN, CIFAR),
    "LeNet": (backbones.LeNet, MNIST),
    "MobileNetV2": (backbones.MobileNetV2, CIFAR),
    "PreActResNet": (functools.partial(backbones.PreActResNet, depth=8), (8, 8, 3)),
    "ResNet": (
        functools.partial(
            backbones.ResNet, blocks=(1, 1, 1, 1), bottleneck=True, **small_stem
        ),
        (8, 8, 3),
    ),
    "ResNet3D": (
        functools.partial(backbones.ResNet3D, blocks=(1, 1)),
        (2, 8, 8, 3),
    ),
    "SegmentationNet": (
        functools.partial(backbones.SegmentationNet, features=8),
        (5, 6, 3),
    ),
    "WideResNet": (
        functools.partial(backbones.WideResNet, depth=10, widen=1),
        (8, 8, 3),
    ),
}


def families(*fast):
    """Parametrizes a test by all families, of which only `fast` are not long."""
    return pytest.mark.parametrize(
        "name",
        [n if n in fast else pytest.param(n, marks=pytest.mark.long) for n in SMALL],
    )


every_family = families(*SMALL)
normed = pytest.mark.parametrize(
    "name", ["ConvMixer", pytest.param("CifarResNet", marks=pytest.mark.long)]
)


@functools.cache
def shapes(name):
    build, image = SMALL[name]
    return shapes_of(build(), image)


def batch(n, image):
    return np.random.default_rng(1).normal(size=(n, *image)).astype(np.float32)


def train_step(model, variables, x):
    """Returns the features, and the gradient and the statistics of one step."""

    def loss(params):
        features, updates = model.apply(
            variables | {"params": params},
            x,
            train=True,
            mutable=["batch_stats"],
            rngs={"dropout": jax.random.key(0)},
        )
        return jnp.mean(jnp.sin(features.astype(jnp.float32))), (features, updates)

    gradients, (features, updates) = jax.grad(loss, has_aux=True)(variables["params"])
    return features, gradients, updates.get("batch_stats", {})


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_the_published_and_float32(name):
    image, dim, num_classes, count = PUBLISHED[name]
    variables = shapes_of(getattr(backbones, name)(dtype=jnp.bfloat16), image)
    assert {x.dtype for x in jax.tree.leaves(variables)} == {jnp.dtype(jnp.float32)}
    parameters = sum(x.size for x in jax.tree.leaves(variables["params"]))
    assert parameters + (dim + 1) * num_classes == count


@pytest.mark.long
@pytest.mark.parametrize("name", PUBLISHED)
def test_half_precision_step_at_the_size_of_the_papers(name):
    image, dim, _, _ = PUBLISHED[name]
    model = getattr(backbones, name)(dtype=jnp.bfloat16)
    variables = shapes_of(model, image)
    x = jax.ShapeDtypeStruct((2, *image), jnp.float32)
    step = jax.eval_shape(functools.partial(train_step, model), variables, x)
    features, gradients, stats = step
    assert features.shape == (2, dim) and features.dtype == jnp.bfloat16
    assert gradients == variables["params"]
    assert stats == variables.get("batch_stats", {})


@pytest.mark.long
@every_family
def test_every_product_has_factors_in_bfloat16(name):
    build, image = SMALL[name]
    step = functools.partial(
        build(dtype=jnp.bfloat16).apply,
        train=True,
        mutable=["batch_stats"],
        rngs={"dropout": jax.random.key(0)},
    )
    x = jax.ShapeDtypeStruct((2, *image), jnp.float32)
    assert factor_dtypes(step, shapes(name), x) == {"bfloat16"}


@families("ConvMixer")
def test_bfloat16_is_finite_and_near_float32(name):
    build, image = SMALL[name]
    inputs = draw_variables(build(), image), batch(1, image)

    def both(*inputs):
        return [
            build(dtype=dtype).apply(*inputs, train=False)
            for dtype in (jnp.bfloat16, jnp.float32)
        ]

    if image[0] < 40:  # compiles fastest with the weights as constants
        half, exact = jax.jit(lambda: both(*inputs))()
    else:  # and runs fastest as for users
        options = AS_FOR_USERS | WITHOUT_YNN
        half, exact = jax.jit(both, compiler_options=options)(*inputs)
    assert half.dtype == jnp.bfloat16 and exact.dtype == jnp.float32
    assert jnp.isfinite(half).all()
    assert np.abs(half - exact).max() < 0.05 * np.abs(exact).max()


@families("ConvMixer")
def test_nan_in_one_image_is_not_hidden_and_reaches_no_other_image(name):
    build, image = SMALL[name]
    x = batch(2, image)
    x[0, ..., 0] = np.nan
    # Not under jit: XLA's fused max-pool on CPUs (jax 0.10 to 0.12) skips NaN.
    features = build().apply(draw_variables(build(), image), x, train=False)
    assert np.isnan(features[0]).all() and np.isfinite(features[1]).all()


@families("ConvMixer", "CifarResNet")
def test_each_batch_norm_of_a_step_is_over_all_devices(name):
    build, image = SMALL[name]
    variables = shapes(name)
    layers = len(variables.get("batch_stats", {}))
    model = build(axis_name="batch") if layers else build()
    step = functools.partial(train_step, model)
    x = jax.ShapeDtypeStruct((2, *image), jnp.float32)
    jaxpr = jax.make_jaxpr(step, axis_env=[("batch", 2)])(variables, x)
    reductions = [e for e in jaxpr.eqns if e.primitive.name.startswith("psum")]
    assert len(reductions) == 2 * layers  # once forward, once backward


@every_family
def test_image_without_a_batch_axis_is_an_error(name):
    build, image = SMALL[name]
    with pytest.raises(ValueError, match=r"must be \[batch, .*channels\], got shape"):
        shapes_of(build(), image[1:])


@every_family
def test_image_without_channels_is_an_error(name):
    build, image = SMALL[name]
    with pytest.raises(ValueError, match="at least one channel, got shape"):
        shapes_of(build(), (*image[:-1], 0))


@every_family
def test_images_of_other_channels_than_those_of_init_are_an_error(name):
    build, (*sides, channels) = SMALL[name]
    other = jax.ShapeDtypeStruct((2, *sides, channels + 1), jnp.float32)
    message = f"parameters for {channels} channels, got {channels + 1} of shape"
    with pytest.raises(ValueError, match=message):
        jax.eval_shape(
            functools.partial(build().apply, train=False), shapes(name), other
        )


@every_family
def test_integer_images_are_an_error(name):
    build, image = SMALL[name]
    with pytest.raises(TypeError, match=r"floating, got uint8 .* normalize them first"):
        build().init(jax.random.key(0), np.zeros((2, *image), np.uint8), train=False)


@normed
def test_batch_norm_over_eight_devices_equals_one_device(name):
    build, image = SMALL[name]
    x = batch(8, image)
    variables = draw_variables(build(), image)

    def run(axis_name, x):
        def loss(params):
            features, updates = build(axis_name=axis_name).apply(
                variables | {"params": params}, x, train=True, mutable=["batch_stats"]
            )
            return jnp.mean(jnp.sin(features)), (features, updates["batch_stats"])

        return jax.grad(loss, has_aux=True)(variables["params"])

    def run_one_of_eight(x):
        gradients, (features, stats) = run("batch", x)
        return jax.lax.pmean(gradients, "batch"), (features, stats)

    gradients, (features, stats) = jax.jit(functools.partial(run, None))(x)
    shards = jax.pmap(run_one_of_eight, axis_name="batch")(x[:, None])
    gradients_of, (features_of, stats_of) = jax.device_get(shards)

    np.testing.assert_allclose(features_of[:, 0], features, rtol=1e-4, atol=1e-5)
    for device in range(8):
        ours = jax.tree.map(lambda x, device=device: x[device], stats_of)
        jax.tree.map(
            functools.partial(np.testing.assert_allclose, rtol=1e-4), ours, stats
        )
    for ours, whole in zip(
        jax.tree.leaves(gradients_of), jax.tree.leaves(gradients), strict=True
    ):
        np.testing.assert_allclose(ours[0], whole, rtol=1e-3, atol=1e-5)


@normed
def test_evaluation_needs_no_device_axis_and_no_other_images(name):
    build, image = SMALL[name]
    model = build(axis_name="batch")
    evaluate = jax.jit(functools.partial(model.apply, train=False))
    variables = draw_variables(build(), image)
    x = batch(3, image)
    among_others = x.copy()
    among_others[1:] *= 9
    features = evaluate(variables, x), evaluate(variables, among_others)
    np.testing.assert_allclose(features[0][0], features[1][0], rtol=1e-5, atol=1e-6)
