"""Pad, crop, flip: every outcome is one of 162, and all are as likely."""

import collections
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.data.augment import pad_crop_flip

IMAGE = np.random.default_rng(0).integers(1, 256, (6, 5, 3)).astype(np.uint8)


def outcomes(image, padding):
    """Every crop of the padded image and its mirror image, slowly."""
    height, width, channels = image.shape
    padded = np.zeros(
        (height + 2 * padding, width + 2 * padding, channels), image.dtype
    )
    padded[padding : padding + height, padding : padding + width] = image
    for y in range(2 * padding + 1):
        for x in range(2 * padding + 1):
            crop = padded[y : y + height, x : x + width]
            yield from (crop, crop[:, ::-1])


def augmented(n, **kwargs):
    keys = jax.random.split(jax.random.key(0), n)
    augment = functools.partial(pad_crop_flip, **kwargs)
    return np.asarray(jax.jit(jax.vmap(augment, in_axes=(0, None)))(keys, IMAGE))


@pytest.mark.parametrize("padding", [1, 4])
def test_all_crops_and_mirror_images_are_as_likely(padding):
    expected = {crop.tobytes() for crop in outcomes(IMAGE, padding)}
    assert len(expected) == 2 * (2 * padding + 1) ** 2
    images = augmented(200 * len(expected), padding=padding)
    counts = collections.Counter(image.tobytes() for image in images)
    assert set(counts) == expected
    # Within five standard deviations of 200.
    assert min(counts.values()) > 130 and max(counts.values()) < 270


def test_four_pixels_are_the_default():
    np.testing.assert_array_equal(augmented(8), augmented(8, padding=4))


def test_no_padding_only_mirrors():
    images = augmented(50, padding=0)
    mirrored = (images == IMAGE[:, ::-1]).all((1, 2, 3))
    same = (images == IMAGE).all((1, 2, 3))
    assert (mirrored ^ same).all() and 10 < same.sum() < 40


def test_a_key_decides_alone_under_jit_and_vmap():
    key = jax.random.key(3)
    eager = pad_crop_flip(key, jnp.asarray(IMAGE))
    assert eager.dtype == jnp.uint8
    np.testing.assert_array_equal(jax.jit(pad_crop_flip)(key, IMAGE), eager)
    batch = jax.vmap(pad_crop_flip)(key[None], IMAGE[None])
    np.testing.assert_array_equal(batch[0], eager)


def test_a_batch_is_refused():
    with pytest.raises(ValueError, match=r"got shape \(2, 6, 5, 3\); jax.vmap"):
        pad_crop_flip(jax.random.key(0), jnp.stack([IMAGE, IMAGE]))
