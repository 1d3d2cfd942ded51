"""Open-set noise: foreign images under labels that stay."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import noise
from tests.noise.table import FOREIGN, IMAGES, KEY

LABELS = np.arange(100) % 4


def open_set(key=KEY, images=IMAGES, labels=LABELS, foreign=FOREIGN, rate=0.4):
    return noise.open_set(key, images, labels, foreign, rate=rate)


@pytest.mark.parametrize("rate", [0.123, pytest.param(0.6, marks=pytest.mark.long)])
def test_open_set_replaces_an_exact_share_by_different_foreign_images(rate):
    images, labels, replaced = open_set(rate=rate)
    assert replaced.sum() == int(rate * 100)
    np.testing.assert_array_equal(replaced, images[:, 0, 0, 0] < 0)
    np.testing.assert_array_equal(images[~replaced], IMAGES[~replaced])
    foreign = images[replaced]
    assert len(np.unique(foreign, axis=0)) == len(foreign)
    assert all((image == FOREIGN).all((1, 2, 3)).any() for image in foreign)
    assert labels is LABELS


@pytest.mark.long
def test_open_set_replaces_all_images_as_often_and_by_all_foreign_ones():
    keys = jax.random.split(KEY, 400)
    many = jax.vmap(lambda key: open_set(key, jnp.asarray(IMAGES))[::2])
    images, replaced = many(keys)
    np.testing.assert_allclose(replaced.mean(0), 0.4, atol=0.12)
    came = np.asarray(images)[..., 0, 0, 0]
    counts = np.bincount(-1 - came[came < 0], minlength=60)
    np.testing.assert_allclose(counts, 400 * 40 / 60, rtol=0.3)


def test_open_set_does_not_write_to_its_images():
    before = IMAGES.copy()
    images, _, _ = open_set(rate=0.6)
    np.testing.assert_array_equal(IMAGES, before)
    assert (images != IMAGES).any()


def test_open_set_is_the_same_on_the_host_on_a_device_and_under_jit():
    on_host, _, replaced = open_set()
    assert type(on_host) is np.ndarray and type(replaced) is np.ndarray
    on_device, _, _ = open_set(images=jnp.asarray(IMAGES))
    assert isinstance(on_device, jax.Array) and on_device.dtype == jnp.int16
    compiled = jax.jit(open_set)(KEY, IMAGES)
    for images in (on_device, compiled[0]):
        np.testing.assert_array_equal(images, on_host)
    assert (open_set(jax.random.key(1))[0] != on_host).any()


def test_open_set_refuses_what_does_not_fit():
    with pytest.raises(
        ValueError, match=r"foreign_images must be at least 70 .* of 100 images, got 60"
    ):
        open_set(rate=0.7)
    with pytest.raises(ValueError, match=r"of one shape, got .* and \(60, 2, 2, 1\)"):
        open_set(foreign=FOREIGN[:, :, 1:])
    with pytest.raises(ValueError, match=r"labels must be \[100\] .* got shape \(9,\)"):
        open_set(labels=LABELS[:9])
    with pytest.raises(TypeError, match=r"one dtype, got int16 and float64"):
        open_set(foreign=FOREIGN.astype(float))


def test_open_set_of_lists():
    lists = [x.tolist() for x in (IMAGES, LABELS, FOREIGN)]
    images, labels, _ = noise.open_set(KEY, *lists, rate=0.4)
    np.testing.assert_array_equal(images, open_set()[0])
    np.testing.assert_array_equal(labels, LABELS)
