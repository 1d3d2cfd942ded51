"""Spatial continuity of a segmentation."""

import jax
import jax.numpy as jnp
from jax.test_util import check_grads
import numpy as np
import pytest

from adrjax.regularizers import spatial_continuity

Z = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype(np.float32)


def test_sum_is_the_printed_formula():
    expected = np.abs(np.diff(Z, axis=1)).sum((1, 2, 3))
    expected += np.abs(np.diff(Z, axis=2)).sum((1, 2, 3))
    np.testing.assert_allclose(
        spatial_continuity(Z, normalize=False), expected, rtol=1e-6
    )


def test_normalized_is_the_mean_of_each_direction():
    expected = np.abs(np.diff(Z, axis=1)).mean((1, 2, 3))
    expected += np.abs(np.diff(Z, axis=2)).mean((1, 2, 3))
    np.testing.assert_allclose(spatial_continuity(Z), expected, rtol=1e-6)


def test_image_of_one_segment_has_no_penalty():
    z = jnp.broadcast_to(Z[0, 0, 0], (6, 7, 3))
    assert spatial_continuity(z) == 0
    np.testing.assert_array_equal(jax.grad(spatial_continuity)(z), 0)


@pytest.mark.parametrize("shape", [(1, 4, 3), (4, 1, 3), (1, 1, 3)])
def test_image_of_one_row_or_column(shape):
    z = Z.ravel()[: np.prod(shape)].reshape(shape)
    value, gradient = jax.value_and_grad(spatial_continuity)(z)
    differences = [np.abs(np.diff(z, axis=a)) for a in (0, 1)]
    expected = sum(d.mean() for d in differences if d.size)
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    assert np.isfinite(gradient).all()


def test_any_leading_shape():
    value = spatial_continuity(Z)
    assert value.shape == (2,) and value.dtype == jnp.float32
    np.testing.assert_allclose(jax.vmap(spatial_continuity)(Z), value, rtol=1e-6)
    np.testing.assert_allclose(spatial_continuity(Z[0]), value[0], rtol=1e-6)
    np.testing.assert_allclose(spatial_continuity(Z + 7), value, rtol=1e-5)


def test_gradient_agrees_with_difference_quotients():
    with jax.enable_x64(True):
        check_grads(spatial_continuity, (Z.astype(float),), order=1, modes=["rev"])


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(dtype):
    half = jnp.asarray(Z, dtype)
    assert spatial_continuity(half).dtype == jnp.float32
    assert jax.grad(lambda z: spatial_continuity(z).sum())(half).dtype == dtype


def test_float64_stays_float64():
    with jax.enable_x64(True):
        assert spatial_continuity(Z.astype(float)).dtype == jnp.float64


def test_large_logits_are_finite():
    value, gradient = jax.value_and_grad(lambda z: spatial_continuity(z).sum())(1e4 * Z)
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_nan_logit_gives_nan():
    z = jnp.asarray(Z).at[0, 1, 1, 1].set(jnp.nan)
    np.testing.assert_array_equal(np.isnan(spatial_continuity(z)), [True, False])


def test_logits_without_height_and_width_raise():
    message = r"\[..., height, width, num_classes\], got shape \(5, 3\)"
    with pytest.raises(ValueError, match=message):
        spatial_continuity(Z[0, 0])
    with pytest.raises(TypeError, match="logits must be floating, got int32"):
        spatial_continuity(np.zeros((2, 2, 3), np.int32))
