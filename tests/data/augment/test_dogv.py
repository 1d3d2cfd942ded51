"""Depth-oriented gradient vectors, against numpy."""

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.data import augment

CLIP = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3)).astype(np.uint8)


def test_dogv_is_the_unit_gradient_in_t_y_and_x():
    found = augment.dogv(CLIP)
    for segment, ours in zip(CLIP.astype(float), found, strict=True):
        before, middle, after = np.moveaxis(segment, -1, 0)
        vector = np.stack([(after - before) / 2, *np.gradient(middle)], axis=-1)
        length = np.sqrt((vector**2).sum(-1, keepdims=True) + 1e-8)
        np.testing.assert_allclose(ours, vector / length, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-5)


def test_dogv_of_a_flat_depth_is_0_and_does_not_depend_on_the_depth():
    flat = np.full((4, 4, 3), 77, np.uint8)
    np.testing.assert_array_equal(augment.dogv(flat), 0)
    moved = CLIP.astype(np.float32) / 4
    np.testing.assert_allclose(augment.dogv(moved + 9), augment.dogv(moved), atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 4, 1), (1, 4, 3)])
def test_dogv_needs_three_frames_of_two_rows(shape):
    with pytest.raises(ValueError, match=r"three frames as channels .* got shape \("):
        augment.dogv(jnp.zeros(shape))
