"""Every expression of docs/recipes.md runs, with the rates of its paper."""

import functools
import inspect
import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax import heads, train

PAGE = (pathlib.Path(__file__).parents[1] / "docs/recipes.md").read_text()
NAMES = {}
for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
    exec(block, NAMES)
N = NAMES["n"]
CODE = r"`([^`]+)`"
RECIPES = {
    trains: (eval(rate, NAMES), optimizer)
    for trains, rate, optimizer in re.findall(
        rf"^\| ([^|*]+) \|[^|]*\| {CODE} \| {CODE} \|", PAGE, re.MULTILINE
    )
}
OURS = re.findall(rf"^\| `[A-Z]\w+\(.*?\| {CODE}", PAGE, re.MULTILINE)
OURS += re.findall(rf"^\| `clip_\w+\(.*?\| {CODE}", PAGE, re.MULTILINE)
PARAMS = {
    "backbone": {
        name: {"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3)}
        for name in ("conv1", "conv3")
    },
    "head": {
        "linear": {"kernel": jnp.ones((3, 2)), "bias": jnp.ones(2)},
        "centers": jnp.ones((2, 3)),
    },
}

# Epochs or steps, as the papers print them, and their rates.
CIFAR = {59.9: 0.1, 60: 0.02, 120: 0.004, 160: 8e-4}
RATES = {
    "AlexNet, CIFAR-10": {0: 0.01, 80.9: 0.01, 81: 0.001, 122: 1e-4},
    "ConvMixer, CIFAR-10": {0: 0.0, 5: 0.005, 10: 0.01, 20: 5e-4, 22.5: 2.5e-4},
    "ResNet-50 and 101, ImageNet": {0: 0.2, 0.5: 0.2, 50: 0.1, 100: 0.0},
    "ViT-B/16, ImageNet": {0: 1e-6, 5: 1e-3, 152.5: 5.05e-4, 300: 1e-5},
    "ResNet-50, Flowers-102": {44: 0.01, 45: 0.001, 80: 1e-4},
    "OLS, CIFAR": {149: 0.1, 150: 0.01, 225: 0.001},
    "OLS, ImageNet": {74: 0.1, 75: 0.01, 150: 0.001, 225: 1e-4},
    "faces, insightface today": {0: 0.0, 1: 0.1, 2: 0.2, 13.5: 0.1, 25: 0.0},
    "faces, CASIA in epochs": {19: 0.1, 20: 0.01, 28: 0.001, 32: 1e-4},
    "ResNet3D-34, NTU": {19: 0.01, 20: 0.001, 40: 1e-4, 60: 1e-5},
    "SL, noise on CIFAR-10": {
        0: 0.01,
        41: 0.001 / (1 + 41 * N * 5e-3),
        119: 1e-4 / (1 + 119 * N * 5e-3),
    },
    "ResNet-50, DenseNet, MobileNet": {29.9: 0.1, 30: 0.01, 60: 0.001, 90: 1e-4},
    "Swin-B": {0: 0.0, 10: 5e-4, 20: 1e-3, 160: 5e-4, 300: 0.0},
    "WRN-28-10 [P]": CIFAR,
    "CIFAR, the author's later code": CIFAR,
    "ResNet-50, Clothing1M": {4.9: 0.001, 5: 1e-4},
    "D2L, CIFAR-100": {0: 0.1, 121: 0.001 / (1 + 121 * N * 1e-4)},
    "GCE, CIFAR-10": {39: 0.01, 40: 0.001, 80: 1e-4},
    "active and passive losses, CIFAR-10": {0: 0.01, 60: 0.005, 120: 0.0},
    "in one cycle": {0: 0.004, 30 - 1 / N: 4e-7},
}
STEP_RATES = {
    "faces, CASIA": {19_999: 0.1, 20_000: 0.01, 28_000: 0.001},
    "ViT-B/16, fine-tuned, ImageNet": {
        0: 0,
        250: 0.015,
        500: 0.03,
        10_250: 0.015,
        20_000: 0,
    },
    "ViT-B/16, fine-tuned, CIFAR": {250: 0.015, 500: 0.03, 5_250: 0.015, 10_000: 0},
    "LeNet, MNIST [L]": {0: 0.01, 10_000: 0.0059460356},  # 0.01 / 2^0.75
    "quick, CIFAR-10 [L]": {3999: 0.001, 4000: 1e-4},
    "full, CIFAR-10 [L]": {59_999: 0.001, 60_000: 1e-4, 65_000: 1e-5},
    "IEMnist [N]": {11_999: 0.01, 12_000: 0.001, 15_000: 1e-4},
    "IECifar10 [N]": {9_999: 0.01, 10_000: 0.001, 17_000: 1e-4},
    "IEFace, IEFaceWide": {15_999: 0.1, 16_000: 0.01, 24_000: 0.001},
    "CIFAR ResNets, as printed": {4_999: 0.1, 5_000: 0.01, 15_000: 1e-4},
    "CIFAR ResNets, CIFAR-10": {31_999: 0.1, 32_000: 0.01, 48_000: 0.001},
    "CIFAR ResNets, CIFAR-100": {14_999: 0.1, 15_000: 0.01, 22_000: 0.001},
    "GoogLeNet V2, MARS": {9_999: 0.01, 10_000: 0.005, 40_000: 0.000625},
}
BY_STEP = {k: {round(t * N): r for t, r in v.items()} for k, v in RATES.items()}
BY_STEP |= STEP_RATES


def works(optimizer):
    """Traces two steps of an optimizer, for parameters of every kind."""

    def steps(params):
        state = optimizer.init(params)
        for _ in range(2):
            updates, state = optax.with_extra_args_support(optimizer).update(
                params, state, params, value=jnp.ones(()), metric=jnp.ones(())
            )
            params = optax.apply_updates(params, updates)
        return params

    after = jax.eval_shape(steps, PARAMS)
    assert jax.tree.map(lambda x: (x.shape, x.dtype), after) == jax.tree.map(
        lambda x: (x.shape, x.dtype), PARAMS
    )


@pytest.mark.parametrize("name", RECIPES)
def test_an_optimizer_of_the_table_works(name):
    rate, optimizer = RECIPES[name]
    works(eval(optimizer, {**NAMES, "rate": rate}))


@pytest.mark.parametrize("name", RECIPES)
def test_a_schedule_of_the_table_has_the_rates_of_its_paper(name):
    rate, _ = RECIPES[name]
    if not callable(rate):
        assert rate in (0.01, 0.1) and name not in BY_STEP
        return
    steps, rates = zip(*BY_STEP[name].items(), strict=True)
    values = [rate(jnp.int32(step)) for step in steps]
    np.testing.assert_allclose(values, rates, rtol=1e-3, atol=1e-7)


def test_every_row_of_the_tables_is_found():
    assert len(RECIPES) == 37 and len(OURS) == 10


@pytest.mark.parametrize("expression", OURS)
def test_an_expression_of_the_table_of_torch_works(expression):
    ours = eval(expression, NAMES)
    if isinstance(ours, optax.GradientTransformation):
        works(ours)
    else:
        assert 0 < ours(jnp.int32(20 * N)) <= 0.1


@pytest.mark.parametrize("name", ["accumulated", "accumulated_on_a_plateau"])
def test_accumulation_works(name):
    works(NAMES[name])


def test_mixed_precision_keeps_float32_as_the_page_says():
    model, objective = NAMES["model"], NAMES["objective"]
    images, labels = jnp.zeros((2, 32, 32, 3)), jnp.zeros(2, int)

    def step(key):
        variables = model.init(key, images, train=False)

        def loss(params):
            outputs, updated = model.apply(
                variables | {"params": params},
                images,
                train=True,
                mutable=["batch_stats"],
            )
            values = objective(outputs.logits, labels)
            return values.mean(), (outputs, values, updated)

        return jax.grad(loss, has_aux=True)(variables["params"]), variables

    (slopes, (outputs, values, updated)), variables = jax.eval_shape(
        step, jax.random.key(0)
    )
    assert outputs.features.dtype == jnp.bfloat16
    for x in jax.tree.leaves((slopes, variables, updated, outputs.logits, values)):
        assert x.dtype == jnp.float32
    half = jnp.zeros((2, 10), jnp.bfloat16)
    assert objective(half, labels).dtype == jnp.float32


def test_the_moving_average_is_an_argument_of_a_task():
    assert "train.Task(..., ema_decay=0.99996)" in PAGE
    assert "ema_decay" in inspect.signature(train.Task).parameters


@pytest.mark.parametrize("name", ["rising", "falling", "large_margin", "sphereface"])
def test_a_scheduled_loss_changes(name):
    loss, outputs = NAMES[name], jnp.linspace(-3.0, 3.0, 40).reshape(4, 10)
    labels = jnp.arange(4)
    if name in ("large_margin", "sphereface"):
        head = heads.Projection(5, unit=name == "sphereface")
        outputs = head.apply(head.init(jax.random.key(0), outputs), outputs)

    def at(count):
        state = jax.tree.map(lambda x: x + count, loss.init())
        return loss.apply(state, outputs, labels)[0]

    first, later = jax.jit(jax.vmap(at))(jnp.array([0, 30_000]))
    assert np.isfinite([first, later]).all() and not np.allclose(first, later)


def test_the_classifier_of_caffes_full_network_decays_250_times_as_much():
    """`decay_mult` and `lr_mult` of cifar10_full_train_test.prototxt."""
    rate, optimizer = RECIPES["full, CIFAR-10 [L]"]
    optimizer = eval(optimizer, {**NAMES, "rate": rate})
    zeros = jax.tree.map(jnp.zeros_like, PARAMS)
    ones = jax.tree.map(jnp.ones_like, PARAMS)
    state = optimizer.init(PARAMS)
    decay, _ = jax.jit(optimizer.update)(zeros, state, PARAMS)
    descent, _ = jax.jit(optimizer.update)(ones, state, zeros)
    expected = {  # the share of 0.001 in the steps of weight decay and of a gradient
        ("backbone", "conv1", "kernel"): (0.004, 1),
        ("backbone", "conv1", "bias"): (0.008, 2),
        ("backbone", "conv3", "bias"): (0.004, 1),
        ("head", "linear", "kernel"): (1.0, 1),
        ("head", "linear", "bias"): (0.0, 2),
    }
    for keys, steps in expected.items():
        for tree, step in zip((decay, descent), steps, strict=True):
            leaf = functools.reduce(lambda node, key: node[key], keys, tree)
            np.testing.assert_allclose(leaf, -0.001 * step, rtol=1e-6)


def test_contrast_and_channels_are_both_normalized():
    images = np.random.default_rng(0).integers(256, size=(4, 32, 32, 3), dtype=np.uint8)
    found = NAMES["standardized"].normalize(images)
    z = images - images.mean((1, 2, 3), keepdims=True, dtype=np.float64)
    z *= 55 / np.sqrt((z**2).sum((1, 2, 3), keepdims=True))
    z = (z - [0.0920, 0.0521, -0.1441]) / [1.0022, 0.9502, 1.0074]
    np.testing.assert_allclose(found, z, atol=1e-4)
