"""ViT and Swin, in numbers and against timm."""

import functools
import gzip
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from adrjax.backbones import (
    Swin,
    SwinBase,
    SwinTiny,
    ViT,
    ViTBase16,
    ViTSmall16,
    ViTTiny16,
    load_torch,
)
from tests.backbones import timm_golden
from tests.backbones._count import count_parameters
from tests.backbones.timm_golden import IMAGES, MODELS

PUBLISHED = {  # parameters with 1000 classes, features
    "vit_tiny_patch16_224": (ViTTiny16, 5_717_416, 192),
    "vit_small_patch16_224": (ViTSmall16, 22_050_664, 384),
    "vit_base_patch16_224": (ViTBase16, 86_567_656, 768),
    "swin_tiny_patch4_window7_224": (SwinTiny, 28_288_354, 768),
    "swin_base_patch4_window7_224": (SwinBase, 87_768_224, 1024),
}
published = pytest.mark.parametrize(
    "build, parameters, dim", PUBLISHED.values(), ids=PUBLISHED
)
families = pytest.mark.parametrize("family", MODELS)


@published
def test_parameters_are_the_published(build, parameters, dim):
    assert count_parameters(build(), (224, 224, 3), 1000) == parameters


@pytest.mark.parametrize("build, dim", [(ViTBase16, 768), (SwinBase, 1024)])
def test_forward_and_backward_have_the_shapes_and_precisions(build, dim):
    model = build(dtype=jnp.bfloat16)
    x = jnp.zeros((2, 224, 224, 3))
    init = functools.partial(model.init, train=False)
    variables = jax.eval_shape(init, jax.random.key(0), x)

    def loss(params):
        features = model.apply({"params": params}, x, train=False)
        return jnp.sum(features.astype(jnp.float32)), features

    gradients, features = jax.eval_shape(
        jax.grad(loss, has_aux=True), variables["params"]
    )
    assert features.shape == (2, dim) and features.dtype == jnp.bfloat16
    assert gradients == variables["params"]
    assert {x.dtype for x in jax.tree.leaves(gradients)} == {jnp.dtype(jnp.float32)}


def init(model):
    initial = functools.partial(model.init, train=False)
    return jax.eval_shape(initial, jax.random.key(0), IMAGES)


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """Returns what timm computed, and our variables of the same weights, by family."""
    cases = json.loads(gzip.decompress(timm_golden.GOLDEN.read_bytes()))

    def read(family):
        case = cases[family]
        path = tmp_path_factory.mktemp("timm") / f"{family}.safetensors"
        shapes = case["shapes"].items()
        save_file({key: timm_golden.draw(key, shape) for key, shape in shapes}, path)
        return case, load_torch(init(MODELS[family]), path)

    return {family: read(family) for family in MODELS}


@families
def test_features_and_gradients_are_those_of_timm(family, golden):
    case, variables = golden[family]

    def loss(x):
        features = MODELS[family].apply(variables, x, train=False)
        return jnp.mean(features**3), features

    gradients, features = jax.jit(jax.grad(loss, has_aux=True))(IMAGES)
    np.testing.assert_allclose(features, case["features"], rtol=0, atol=1e-4)
    scale = np.abs(case["gradients"]).max()
    np.testing.assert_allclose(gradients, case["gradients"], atol=1e-4 * scale)


@families
def test_bfloat16_is_finite_and_near_float32(family, golden):
    _, variables = golden[family]
    variables = jax.tree.map(lambda x: x / 2, variables)

    def features(dtype):
        return MODELS[family].clone(dtype=dtype).apply(variables, IMAGES, train=False)

    half, exact = jax.jit(lambda: (features(jnp.bfloat16), features(jnp.float32)))()
    assert half.dtype == jnp.bfloat16 and jnp.isfinite(half).all()
    assert np.abs(half - exact).max() < 0.05 * np.abs(exact).max()


@families
def test_blocks_are_skipped_at_random_for_an_example_in_training_only(family, golden):
    _, variables = golden[family]
    model = MODELS[family].clone(drop_path=0.9)
    images = jnp.repeat(IMAGES[:1], 8, axis=0)

    @jax.jit
    def features():
        trained, evaluated = (
            model.apply(
                variables, images, train=train, rngs={"dropout": jax.random.key(0)}
            )
            for train in (True, False)
        )
        return trained, evaluated

    trained, evaluated = (len(np.unique(x.round(3), axis=0)) for x in features())
    assert trained > 1 and evaluated == 1


@pytest.mark.parametrize(
    "model, shape, message",
    [
        (
            ViTBase16(),
            (1, 32, 32, 3),
            r"\[batch, 224, 224, channels\], got .*1, 32, 32",
        ),
        (ViT(dim=8, heads=1, image=30), (1, 30, 30, 3), "multiple of patch=16, got 30"),
        (SwinTiny(), (1, 256, 256, 3), r"sides .* multiples of 224, got .*1, 256, 256"),
        (SwinTiny(), (224, 224, 3), r"\[batch, height, width, channels\], got shape"),
        (Swin(dim=8, depths=(1,), heads=(2,)), (1, 28, 14, 3), "multiples of 28, got"),
    ],
)
def test_images_of_another_size_are_an_error(model, shape, message):
    with pytest.raises(ValueError, match=message):
        model.init(jax.random.key(0), jnp.zeros(shape), train=False)


@pytest.mark.parity
def test_the_golden_file_is_what_timm_computes():
    pytest.importorskip("timm")
    cases = json.loads(gzip.decompress(timm_golden.GOLDEN.read_bytes()))
    for family, case in timm_golden.make().items():
        for key in ("features", "gradients"):
            np.testing.assert_allclose(case[key], cases[family][key], atol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize(
    "name", ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"]
)
def test_a_published_size_equals_timm(name, tmp_path):
    timm = pytest.importorskip("timm")
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    twin = timm.create_model(name, num_classes=0).eval()
    torch.save(twin.state_dict(), tmp_path / "weights.pth")
    build, _, _ = PUBLISHED[name]
    x = np.random.default_rng(0).normal(size=(2, 224, 224, 3)).astype(np.float32)
    initial = functools.partial(build().init, train=False)
    variables = load_torch(
        jax.eval_shape(initial, jax.random.key(0), x), tmp_path / "weights.pth"
    )
    features = jax.jit(functools.partial(build().apply, train=False))(variables, x)
    expected, _ = timm_golden.features_and_gradients(twin, x)
    np.testing.assert_allclose(features, expected, rtol=0, atol=1e-4)
