"""Mixup: images and targets are blended alike."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses
from adrjax.data.augment import mixup

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 3, 4, 2)).astype(np.uint8)
LABELS = np.arange(12)  # all differ: a target shows both partners


@jax.jit
def compiled(seed, images, labels, alpha):
    return mixup(jax.random.key(seed), images, labels, num_classes=12, alpha=alpha)


def mixed(seed, images=IMAGES, labels=LABELS, alpha=1.0):
    return compiled(seed, images, labels, alpha)


@pytest.mark.parametrize("seed, alpha", [(0, 0.2), (1, 1.0)])
def test_mixup_blends_images_as_targets(seed, alpha):
    images, targets = mixed(seed, alpha=alpha)
    targets = np.asarray(targets)
    np.testing.assert_allclose(targets.sum(1), 1, rtol=1e-6)
    expected = np.einsum("ij,jhwc->ihwc", targets, IMAGES.astype(float))
    assert abs(np.asarray(images, float) - expected).max() <= 0.51
    assert ((targets > 0).sum(0) <= 2).all()  # each is the partner of one
    floats, same = mixed(seed, IMAGES / np.float32(255), alpha=alpha)
    np.testing.assert_allclose(255 * floats, expected, atol=1e-3)
    np.testing.assert_array_equal(same, targets)


@pytest.mark.parametrize("alpha", [0.2, 2.0])
def test_mixup_shares_have_a_beta_distribution(alpha):
    shares = np.asarray(own_shares(jax.random.split(jax.random.key(0), 2000), alpha))
    shares = shares[~np.isnan(shares)]  # the rest is mixed with itself
    np.testing.assert_allclose(shares.mean(), 0.5, atol=0.03)
    np.testing.assert_allclose(shares.var(), 1 / (8 * alpha + 4), atol=0.01)


@jax.jit
@functools.partial(jax.vmap, in_axes=(0, None))
def own_shares(key, alpha):
    _, targets = mixup(key, IMAGES[:2], LABELS[:2], num_classes=2, alpha=alpha)
    return jnp.where(targets[0, 0] < 1, targets[0, 0], jnp.nan)


def test_cross_entropy_of_mixup_targets_is_the_mixture_of_losses():
    _, targets = mixed(1, alpha=1.0)
    logits = jnp.asarray(RNG.normal(size=(12, 12)), jnp.float32)
    each = jnp.stack(
        [losses.cross_entropy(logits, jnp.full(12, k)) for k in range(12)], 1
    )
    np.testing.assert_allclose(
        losses.cross_entropy(logits, targets), (targets * each).sum(1), rtol=1e-5
    )


def test_mixup_targets_of_a_label_that_names_no_class_are_nan():
    _, expected = mixed(0)
    _, targets = mixed(0, labels=np.where(LABELS == 3, -1, LABELS))
    missing = np.asarray(expected[:, 3] > 0)  # the image, and that it is mixed into
    assert np.isnan(targets[missing]).all() and 1 <= missing.sum() <= 2
    np.testing.assert_array_equal(targets[~missing], expected[~missing])
