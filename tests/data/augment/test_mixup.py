"""Images and targets are blended alike."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses
from adrjax.data.augment import mixup

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 3, 4, 2)).astype(np.uint8)
LABELS = np.arange(12)  # all differ, so that targets tell who is mixed with whom


@jax.jit
def mixed(seed, images=IMAGES, **kwargs):
    return mixup(jax.random.key(seed), images, LABELS, num_classes=12, **kwargs)


@pytest.mark.parametrize("seed, alpha", [(0, 0.2), (1, 1.0)])
def test_images_are_blended_as_their_targets_are(seed, alpha):
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
def test_the_share_is_of_a_beta_distribution(alpha):
    shares = np.asarray(own_shares(jax.random.split(jax.random.key(0), 2000), alpha))
    shares = shares[~np.isnan(shares)]  # the rest is mixed with itself
    np.testing.assert_allclose(shares.mean(), 0.5, atol=0.03)
    np.testing.assert_allclose(shares.var(), 1 / (8 * alpha + 4), atol=0.01)


@jax.jit
@functools.partial(jax.vmap, in_axes=(0, None))
def own_shares(key, alpha):
    _, targets = mixup(key, IMAGES[:2], LABELS[:2], num_classes=2, alpha=alpha)
    return jnp.where(targets[0, 0] < 1, targets[0, 0], jnp.nan)


def test_the_loss_is_the_mixture_of_the_losses():
    _, targets = mixed(1, alpha=1.0)
    logits = jnp.asarray(RNG.normal(size=(12, 12)), jnp.float32)
    each = jnp.stack(
        [losses.cross_entropy(logits, jnp.full(12, k)) for k in range(12)], 1
    )
    np.testing.assert_allclose(
        losses.cross_entropy(logits, targets), (targets * each).sum(1), rtol=1e-5
    )
