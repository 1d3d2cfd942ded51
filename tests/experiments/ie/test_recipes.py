"""`experiments.ie.recipes`: images, optimizers and starts; nothing is trained."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data
from experiments.harness import FromRun
from experiments.ie import recipes
from experiments.ie.recipes import NETWORKS


def test_caffes_networks_get_pixels_minus_the_mean_image():
    recipe = recipes.quick("Softmax")
    images = np.random.default_rng(0).integers(256, size=(2, 32, 32, 3), dtype=np.uint8)
    means = images - np.asarray(recipe.data.dataset.normalize(images))
    np.testing.assert_allclose(means[0], means[1], atol=1e-3)
    of_channels = means.mean((0, 1, 2)) / 255
    np.testing.assert_allclose(of_channels, data.cifar10().mean, atol=1e-4)
    assert means[0].std() > 1  # not the mean of each channel
    assert recipe.data.dataset.augment is None


def test_full_decays_the_classifier_250_times_as_much_as_the_convolutions():
    optimizer = recipes.full_sgd(70_000)
    params = {
        "backbone": {"conv1": {"kernel": 1.0, "bias": 1.0}, "conv3": {"bias": 1.0}},
        "head": {"centers": 1.0, "linear": {"kernel": 1.0, "bias": 1.0}},
    }
    params = jax.tree.map(jnp.asarray, params)
    zeros = jax.tree.map(jnp.zeros_like, params)
    updates, _ = optimizer.update(zeros, optimizer.init(params), params)
    found = jax.tree.map(lambda x: -float(x) / 0.001, updates)
    assert found["backbone"]["conv1"] == pytest.approx({"kernel": 0.004, "bias": 0.008})
    assert found["backbone"]["conv3"] == pytest.approx({"bias": 0.004})
    assert found["head"]["linear"] == pytest.approx({"kernel": 1.0, "bias": 0.0})
    assert found["head"]["centers"] == pytest.approx(0.004)


@pytest.mark.parametrize("name", ["CIFAR-10 [P]", "CIFAR-100 [P]"])
def test_wide_networks_are_finetuned_from_softmax(name):
    softmax = NETWORKS[name].run("Softmax")
    assert not isinstance(softmax.recipe.start, FromRun)
    for row in ("L-Softmax", "Center", "IE"):
        start = NETWORKS[name].run(row).recipe.start
        assert isinstance(start, FromRun)
        assert recipes.Run(start.recipe, start.method).identity == softmax.identity


def test_only_cifar10_p_normalizes_the_contrast():
    names = {"CIFAR-10 [L] quick", "CIFAR-10 [L] full", "CIFAR-10 [P]"}
    found = {
        name
        for name, network in NETWORKS.items()
        if network.recipe("IE").data.dataset.standardize is not None
    }
    assert found == names
    of = NETWORKS["CIFAR-10 [P]"].recipe("IE").data.dataset.standardize
    assert getattr(of, "func", None) is recipes.contrast_then_channels


def test_the_lighter_networks_are_reduced_as_printed():
    for name in ("MNIST [L]", "CIFAR-10 [L] quick"):
        recipe = NETWORKS[name].recipe("IE")
        assert recipe.reduced is not None
        assert recipe.reduced.length == recipe.length
