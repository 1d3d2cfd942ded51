"""Held-out validation sets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data

KEY = jax.random.key(0)


def split_of(labels):
    """A split whose images are their indices."""
    labels = np.asarray(labels, np.int32)
    return data.Split(np.arange(len(labels)).reshape(-1, 1, 1, 1), labels)


BALANCED = split_of(np.random.default_rng(0).permutation(np.arange(500) % 10))


def places(split):
    return np.asarray(split.images).ravel().tolist()


def test_hold_out_divides_the_images_in_order_with_their_labels():
    rest, held_out = data.hold_out(KEY, BALANCED, 100)
    assert sorted(places(rest) + places(held_out)) == [*range(500)]
    for part in (rest, held_out):
        assert places(part) == sorted(places(part))
        np.testing.assert_array_equal(part.labels, BALANCED.labels[places(part)])
        assert part.labels.dtype == np.int32


@pytest.mark.parametrize("size", [1, 7, 100, 101, 499])
def test_hold_out_has_the_exact_size_and_is_balanced(size):
    rest, held_out = data.hold_out(KEY, BALANCED, size)
    assert len(held_out.labels) == size and len(rest.labels) == 500 - size
    counts = np.bincount(held_out.labels, minlength=10)
    assert counts.max() - counts.min() <= 1


def test_hold_out_takes_the_same_share_of_each_class():
    split = split_of([0] * 60 + [2] * 30 + [5] * 9 + [6])
    _, held_out = data.hold_out(KEY, split, 20)
    assert np.bincount(held_out.labels, minlength=7).tolist() == [12, 0, 6, 0, 0, 2, 0]


def test_hold_out_depends_on_the_key_only():
    first = data.hold_out(KEY, BALANCED, 50)[1]
    again = data.hold_out(KEY, BALANCED, 50)[1]
    other = data.hold_out(jax.random.key(1), BALANCED, 50)[1]
    assert places(first) == places(again) != places(other)


def test_hold_out_is_uniform_within_a_class():
    keys = jax.random.split(KEY, 300)
    held_out = [places(data.hold_out(key, BALANCED, 100)[1]) for key in keys]
    counts = np.bincount(np.concatenate(held_out), minlength=500)
    # 300 draws of one in five: 60, within five standard deviations.
    assert counts.min() > 25 and counts.max() < 95


def test_hold_out_keeps_a_split_on_its_devices():
    uploaded = data.Split(*map(jnp.asarray, BALANCED))
    for part in data.hold_out(KEY, uploaded, 50):
        assert isinstance(part.images, jax.Array) and isinstance(part.labels, jax.Array)


@pytest.mark.parametrize("size", [0, 500])
def test_hold_out_refuses_a_size_that_leaves_nothing(size):
    with pytest.raises(ValueError, match=rf"size must be in 1\.\.499 .*, got {size}"):
        data.hold_out(KEY, BALANCED, size)


def test_hold_out_refuses_labels_of_another_shape():
    for shape in ((9,), (500, 1), ()):
        labels = np.zeros(shape, int)
        with pytest.raises(ValueError, match=r"500 images, so its labels must have"):
            data.hold_out(KEY, BALANCED._replace(labels=labels), 3)


@pytest.mark.parametrize("size", [2.0, [2], True])
def test_hold_out_refuses_a_size_that_is_not_an_integer(size):
    with pytest.raises(TypeError, match="size must be"):
        data.hold_out(KEY, BALANCED, size)


@pytest.mark.parametrize("n", [0, 1])
def test_hold_out_refuses_a_split_that_cannot_be_divided(n):
    with pytest.raises(ValueError, match=f"at least 2 images to divide, got {n}"):
        data.hold_out(KEY, split_of([0] * n), 1)
