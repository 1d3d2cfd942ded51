"""`backbones.ViT` and `backbones.Swin` against timm, and in training."""

import functools
import gzip
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from adrjax.backbones import load_torch
from tests.backbones import torch_golden
from tests.backbones._shapes import shapes_of
from tests.backbones.torch_golden import IMAGES, MODELS
from tests.factors import factor_dtypes

every_model = pytest.mark.parametrize("name", MODELS)
transformers = pytest.mark.parametrize("name", ["timm ViT", "timm Swin"])
CASES = json.loads(gzip.decompress(torch_golden.GOLDEN.read_bytes()))


@pytest.fixture(scope="module")
def variables_of(tmp_path_factory):
    @functools.cache
    def read(name):
        path = tmp_path_factory.mktemp("torch") / "weights.safetensors"
        shapes = CASES[name]["shapes"].items()
        save_file({key: torch_golden.draw(key, shape) for key, shape in shapes}, path)
        return load_torch(shapes_of(MODELS[name], IMAGES.shape[1:]), path)

    return read


@transformers
def test_every_product_has_factors_in_bfloat16(name):
    model, image = MODELS[name].clone(dtype=jnp.bfloat16), IMAGES.shape[1:]
    evaluate = functools.partial(model.apply, train=False)
    x = jax.ShapeDtypeStruct(IMAGES.shape, jnp.float32)
    assert factor_dtypes(evaluate, shapes_of(model, image), x) == {"bfloat16"}


@pytest.mark.long
@every_model
def test_features_and_gradients_are_those_of_torch(name, variables_of):
    variables = variables_of(name)

    def loss(x):
        features = MODELS[name].apply(variables, x, train=False)
        return jnp.mean(features**3), features

    gradients, features = jax.jit(jax.grad(loss, has_aux=True))(IMAGES)
    case = CASES[name]
    np.testing.assert_allclose(features.ravel(), case["features"], rtol=0, atol=1e-4)
    scale = np.abs(case["gradients"]).max()
    np.testing.assert_allclose(
        gradients.ravel(), case["gradients"], rtol=0, atol=1e-4 * scale
    )


@pytest.mark.long
@transformers
def test_bfloat16_is_finite_and_near_float32(name, variables_of):
    variables = jax.tree.map(lambda x: x / 2, variables_of(name))

    def features(dtype):
        return MODELS[name].clone(dtype=dtype).apply(variables, IMAGES, train=False)

    half, exact = jax.jit(lambda: (features(jnp.bfloat16), features(jnp.float32)))()
    assert half.dtype == jnp.bfloat16 and jnp.isfinite(half).all()
    assert np.abs(half - exact).max() < 0.05 * np.abs(exact).max()


@pytest.mark.long
@transformers
def test_drop_path_skips_blocks_of_random_examples_in_training_only(name, variables_of):
    model = MODELS[name].clone(drop_path=0.9)
    variables = variables_of(name)
    images = jnp.repeat(IMAGES[:1], 8, axis=0)

    @jax.jit
    def features():
        return [
            model.apply(
                variables,
                images,
                train=train,
                rngs={"dropout": jax.random.key(0)},
            )
            for train in (True, False)
        ]

    trained, evaluated = (len(np.unique(x.round(3), axis=0)) for x in features())
    assert trained > 1 and evaluated == 1


@pytest.mark.parity
@pytest.mark.long
def test_golden_file_is_the_output_of_timm_and_torchvision():
    pytest.importorskip("timm")
    pytest.importorskip("torchvision")
    made = torch_golden.make()
    for side, positions in made.pop("positions").items():
        np.testing.assert_allclose(positions, CASES["positions"][str(side)], atol=1e-5)
    for name, case in made.items():
        assert {k: list(v) for k, v in case["shapes"].items()} == CASES[name]["shapes"]
        for key in ("features", "gradients"):
            np.testing.assert_allclose(case[key], CASES[name][key], atol=1e-4)
