"""Combined margin: logits, derivatives at the ends, insightface's variants, errors."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
COSINES = np.tanh(np.random.default_rng(0).normal(size=(6, 5))).astype(np.float32)
IS_LABEL = np.eye(5, dtype=bool)[LABELS]
CM = {"m1": 0.9, "m2": 0.4, "m3": 0.15}  # of POD's experiments


@functools.partial(jax.jit, static_argnames=("straight_through", "linear_tail"))
def label_logits(cosines, settings, **options):
    """Returns the logit of the label at each cosine, and its derivative."""

    def logit(c):
        return margins.combined_margin(c[None], 0, **settings, **options)[0]

    return jax.vmap(jax.value_and_grad(logit))(cosines)


def test_combined_margin_with_one_margin_is_arcface_or_cosface():
    np.testing.assert_array_equal(
        margins.combined_margin(COSINES, LABELS, m2=0.3),
        margins.arcface(COSINES, LABELS, margin=0.3),
    )
    np.testing.assert_allclose(
        margins.combined_margin(COSINES, LABELS, m3=0.3),
        margins.cosface(COSINES, LABELS, margin=0.3),
        atol=2e-5,
    )


def test_combined_margin_without_margins_scales_the_cosines():
    logits, pullback = jax.vjp(
        lambda c: margins.combined_margin(c, LABELS, scale=30.0), COSINES
    )
    np.testing.assert_allclose(logits, 30 * COSINES, atol=1e-5)
    np.testing.assert_array_equal(pullback(jnp.ones_like(logits))[0], 30)


def test_combined_margin_is_the_printed_formula():
    angles = np.arccos(COSINES[IS_LABEL].astype(np.float64))
    compiled = jax.jit(margins.combined_margin)
    for m1 in (0.0, 0.9, 1.0, 1.35, 4.0):
        for m2 in (0.0, 0.4, np.pi):
            logits = compiled(COSINES, LABELS, m1=m1, m2=m2, m3=0.15, scale=30.0)
            target = 30 * (np.cos(m1 * angles + m2) - 0.15)
            np.testing.assert_allclose(logits[IS_LABEL], target, atol=5e-5)
            np.testing.assert_array_equal(logits[~IS_LABEL], 30 * COSINES[~IS_LABEL])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_combined_margin_slope_at_the_ends_is_limited_by_the_precision(dtype):
    ends = np.array([1.0, -1.0])
    for settings in ({"m2": 0.5}, CM, {"m1": 4.0}, {"m2": np.pi}):
        full = {"m1": 1.0, "m2": 0.0, "m3": 0.0} | settings
        with jax.enable_x64(dtype == "float64"):
            values, slopes = label_logits(jnp.asarray(ends, dtype), full)
        steepest = 64 * full["m1"] * (float(jnp.finfo(dtype).eps) ** -0.5 + 1)
        assert np.isfinite(values).all() and slopes.dtype == dtype
        assert (np.abs(slopes.astype(float)) <= steepest).all()


def test_combined_margin_with_m1_only_has_a_finite_slope_at_angle_zero():
    slope = label_logits(np.ones(1), {"m1": 1.35, "scale": 1.0})[1]
    np.testing.assert_allclose(slope, 1.35**2, rtol=1e-3)


def test_combined_margin_gradient_of_the_features_has_the_length_of_the_sine():
    """The large derivative by the cosine meets a small one of the cosine."""
    weights = np.eye(2, dtype=np.float32)

    def logit(x):
        cosines = margins.cosines(x, weights)
        return margins.combined_margin(cosines, 0, scale=1.0, **CM)[0]

    angles = np.array([1e-3, 0.1, 1.5, 3.0, np.pi - 1e-3])
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    slopes = jax.jit(jax.vmap(jax.grad(logit)))(x)
    expected = np.abs(0.9 * np.sin(0.9 * angles + 0.4))
    np.testing.assert_allclose(np.linalg.norm(slopes, axis=1), expected, rtol=0.05)


@pytest.mark.parametrize("straight_through", [False, True])
@pytest.mark.parametrize("linear_tail", [False, True])
def test_combined_margin_has_the_variants_of_insightface(straight_through, linear_tail):
    cosines = np.float32([-0.999, 0.3])
    options = {"straight_through": straight_through, "linear_tail": linear_tail}
    logits, slope = label_logits(cosines, CM | {"scale": 1.0}, **options)
    plain = np.cos(0.9 * np.arccos([-0.999, 0.3]) + 0.4) - 0.15
    is_tail = np.array([linear_tail, False])  # 0.9 arccos(-0.999) + 0.4 > pi
    tail = -0.999 - 0.4 * np.sin(0.4) - 0.15
    np.testing.assert_allclose(logits, np.where(is_tail, tail, plain), atol=1e-6)
    is_one = [straight_through or linear_tail, straight_through]
    np.testing.assert_array_equal(slope == 1, is_one)


def test_combined_margin_with_linear_tail_has_the_derivative_of_its_value():
    settings = {"m2": 2.0, "scale": 1.0}
    with jax.enable_x64(True):
        places = np.linspace(-0.95, 0.95, 40)
        values = [
            label_logits(places + step, settings, linear_tail=True)[0]
            for step in (1e-6, -1e-6)
        ]
        slopes = label_logits(places, settings, linear_tail=True)[1]
        quotients = (values[0] - values[1]) / 2e-6
    np.testing.assert_allclose(slopes, quotients, rtol=1e-6)


def test_combined_margin_settings_have_no_gradient():
    def total(settings):
        return margins.combined_margin(COSINES, LABELS, **settings).sum()

    assert jax.grad(total)(CM) == dict.fromkeys(CM, 0)


@pytest.mark.parametrize("name", ["m1", "m3", "scale"])
def test_combined_margin_settings_must_not_be_negative(name):
    with pytest.raises(ValueError, match=rf"{name} must be at least 0, got -0\.1"):
        margins.combined_margin(COSINES, LABELS, **{name: -0.1})


@pytest.mark.parametrize("m2", [-0.1, 3.2])
def test_combined_margin_m2_must_be_an_angle(m2):
    with pytest.raises(ValueError, match=rf"m2 must be in \[0, 3\.14159\], got {m2}"):
        margins.combined_margin(COSINES, LABELS, m2=m2)
