"""What holds for every backbone: shapes, precision, errors, any number of devices."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.backbones import (
    AlexNet,
    CifarResNet,
    CifarResNet20,
    CifarResNet32,
    CifarResNet44,
    CifarResNet56,
    CifarResNet110,
    ConvMixer,
    DigitsCNN,
)

PUBLISHED = {  # its image, its number of features
    "AlexNet": (AlexNet, (32, 32, 3), 256),
    "ConvMixer": (ConvMixer, (32, 32, 3), 256),
    "CifarResNet20": (CifarResNet20, (32, 32, 3), 64),
    "CifarResNet32": (CifarResNet32, (32, 32, 3), 64),
    "CifarResNet44": (CifarResNet44, (32, 32, 3), 64),
    "CifarResNet56": (CifarResNet56, (32, 32, 3), 64),
    "CifarResNet110": (CifarResNet110, (32, 32, 3), 64),
    "DigitsCNN": (DigitsCNN, (8, 8, 1), 64),
}

SmallConvMixer = functools.partial(ConvMixer, dim=8, depth=1)
SmallResNet = functools.partial(CifarResNet, depth=8)
SMALL = {  # one of each family, and its image
    "AlexNet": (AlexNet, (32, 32, 3)),
    "ConvMixer": (SmallConvMixer, (8, 8, 3)),
    "CifarResNet": (SmallResNet, (8, 8, 3)),
    "DigitsCNN": (DigitsCNN, (8, 8, 1)),
}
small = pytest.mark.parametrize("build, image", SMALL.values(), ids=SMALL)
normed = pytest.mark.parametrize(
    "build", [SmallConvMixer, SmallResNet], ids=["ConvMixer", "CifarResNet"]
)


def batch(n, image):
    return jax.random.normal(jax.random.key(1), (n, *image))


def variables_of(model, image):
    """Draws parameters and statistics, much faster than `model.init` compiles."""
    rng = np.random.default_rng(0)

    def draw(x):
        if x.ndim == 1:  # also a variance
            return rng.uniform(0.1, 0.5, x.shape).astype(np.float32)
        fan_in = math.prod(x.shape[:-1])
        return rng.normal(0, fan_in**-0.5, x.shape).astype(np.float32)

    init = functools.partial(model.init, train=False)
    return jax.tree.map(draw, jax.eval_shape(init, jax.random.key(0), batch(1, image)))


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16], ids=["f32", "bf16"])
@pytest.mark.parametrize("build, image, dim", PUBLISHED.values(), ids=PUBLISHED)
def test_features_have_the_compute_precision_and_parameters_float32(
    build, image, dim, dtype
):
    init = functools.partial(build(dtype=dtype).init_with_output, train=True)
    features, variables = jax.eval_shape(init, jax.random.key(0), batch(2, image))
    assert features.shape == (2, dim) and features.dtype == dtype
    assert {x.dtype for x in jax.tree.leaves(variables)} == {jnp.dtype(jnp.float32)}


@small
def test_bfloat16_is_finite_and_near_float32(build, image):
    variables = variables_of(build(), image)
    x = batch(4, image)

    def features(dtype):
        model = build(dtype=dtype)
        return model.apply(variables, x, train=True, mutable=["batch_stats"])[0]

    half, exact = jax.jit(lambda: (features(jnp.bfloat16), features(jnp.float32)))()
    assert jnp.isfinite(half).all()
    assert np.abs(half - exact).max() < 0.05 * np.abs(exact).max()


@small
@pytest.mark.parametrize("train", [True, False])
def test_an_image_without_a_batch_axis_is_an_error(build, image, train):
    with pytest.raises(ValueError, match=r"must be \[batch, .*, channels\], got shape"):
        build().init(jax.random.key(0), jnp.zeros(image), train=train)


@small
def test_integer_images_are_an_error(build, image):
    with pytest.raises(TypeError, match=r"floating, got uint8 .* normalize them first"):
        build().init(jax.random.key(0), np.zeros((2, *image), np.uint8), train=False)


@normed
def test_batch_norm_over_eight_devices_equals_one_device_with_the_whole_batch(build):
    x = batch(8, (8, 8, 3))
    variables = variables_of(build(), (8, 8, 3))

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
    gradients_of, (features_of, stats_of) = shards

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
def test_evaluation_needs_no_device_axis_and_no_other_images(build):
    model = build(axis_name="batch")
    evaluate = jax.jit(functools.partial(model.apply, train=False))
    variables = variables_of(build(), (8, 8, 3))
    x = batch(3, (8, 8, 3))
    features = evaluate(variables, x)
    among_others = evaluate(variables, x.at[1:].multiply(9.0))
    np.testing.assert_allclose(features[0], among_others[0], rtol=1e-5, atol=1e-6)
