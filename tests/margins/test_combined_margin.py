import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from tests import battery
from tests.battery import CLASSES, LABELS

C = np.tanh(battery.logits())
OWN = np.eye(CLASSES, dtype=bool)[LABELS]
CM = {"m1": 0.9, "m2": 0.4, "m3": 0.15}  # of POD's experiments


def label_logit(c, dtype=jnp.float32, **settings):
    """Returns the logit of the label at one cosine, and its derivative."""

    def logit(c):
        return margins.combined_margin(c[None], jnp.array(0), **settings)[0]

    return jax.value_and_grad(logit)(jnp.asarray(c, dtype))


def test_of_one_margin_it_is_the_margin_of_that_name():
    m = 0.3
    np.testing.assert_array_equal(
        margins.combined_margin(C, LABELS, m2=m), margins.arcface(C, LABELS, margin=m)
    )
    np.testing.assert_allclose(
        margins.combined_margin(C, LABELS, m3=m),
        margins.cosface(C, LABELS, margin=m),
        atol=2e-5,
    )


def test_without_a_margin_the_logits_are_the_scaled_cosines():
    def f(c):
        return margins.combined_margin(c, LABELS, scale=30.0)

    np.testing.assert_allclose(f(C), 30 * C, atol=1e-5)
    np.testing.assert_array_equal(battery.gradient(f, C), 30)


@pytest.mark.parametrize("m1", [0.0, 0.9, 1.0, 1.35, 4.0])
@pytest.mark.parametrize("m2", [0.0, 0.4, np.pi])
def test_the_label_is_that_of_the_printed_formula(m1, m2):
    logits = margins.combined_margin(C, LABELS, m1=m1, m2=m2, m3=0.15, scale=30.0)
    target = np.cos(m1 * np.arccos(C[OWN].astype(np.float64)) + m2) - 0.15
    np.testing.assert_allclose(logits[OWN], 30 * target, atol=5e-5)
    np.testing.assert_array_equal(logits[~OWN], 30 * C[~OWN])


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32, jnp.float64])
@pytest.mark.parametrize("end", [1, -1])
@pytest.mark.parametrize("settings", [{"m2": 0.5}, CM, {"m1": 4.0}, {"m2": np.pi}])
def test_at_the_ends_the_derivative_is_as_steep_as_the_precision_lets_it(
    dtype, end, settings
):
    with jax.enable_x64(dtype == jnp.float64):
        value, slope = label_logit(end, dtype, scale=64.0, **settings)
    steepest = 64 * settings.get("m1", 1) * (float(jnp.finfo(dtype).eps) ** -0.5 + 1)
    assert np.isfinite(value) and slope.dtype == dtype
    assert abs(float(slope)) <= steepest


def test_m1_alone_has_a_finite_derivative_where_the_angle_vanishes():
    np.testing.assert_allclose(
        label_logit(1, m1=1.35, scale=1.0)[1], 1.35**2, rtol=1e-3
    )


@pytest.mark.parametrize("angle", [1e-3, 0.1, 1.5, 3.0, np.pi - 1e-3])
def test_the_features_feel_the_sine_of_the_angle_with_its_margin(angle):
    """The steep derivative by the cosine meets one of the cosine that vanishes."""
    w = jnp.eye(2, dtype=jnp.float32)
    x = np.array([np.cos(angle), np.sin(angle)], np.float32)
    slope = jax.grad(
        lambda x: margins.combined_margin(
            margins.cosines(x, w), jnp.array(0), scale=1.0, **CM
        )[0]
    )(x)
    expected = abs(0.9 * np.sin(0.9 * angle + 0.4))
    np.testing.assert_allclose(np.linalg.norm(slope), expected, rtol=0.05)


@pytest.mark.parametrize("straight_through", [False, True])
@pytest.mark.parametrize("linear_tail", [False, True])
def test_the_readings_of_insightface(straight_through, linear_tail):
    settings = {"straight_through": straight_through, "linear_tail": linear_tail}
    logits, slope = jax.vmap(lambda c: label_logit(c, scale=1.0, **CM, **settings))(
        np.float32([-0.999, 0.3])
    )
    plain = np.cos(0.9 * np.arccos([-0.999, 0.3]) + 0.4) - 0.15
    is_tail = np.array([linear_tail, False])  # 0.9 arccos(-0.999) + 0.4 > pi
    tail = -0.999 - 0.4 * np.sin(0.4) - 0.15
    np.testing.assert_allclose(logits, np.where(is_tail, tail, plain), atol=1e-6)
    is_one = [straight_through or linear_tail, straight_through]
    np.testing.assert_array_equal(slope == 1, is_one)


def test_the_linear_tail_is_the_derivative_of_its_value():
    def f(c):
        return margins.combined_margin(
            jnp.tanh(c), LABELS, m2=2.0, scale=1.0, linear_tail=True
        )

    battery.gradient_is_a_difference_quotient(f)


def test_the_settings_get_no_gradient():
    slope = jax.grad(lambda s: margins.combined_margin(C, LABELS, **s).sum())(CM)
    assert slope == dict.fromkeys(CM, 0)


@pytest.mark.parametrize("name", ["m1", "m3", "scale"])
def test_no_setting_is_negative(name):
    with pytest.raises(ValueError, match=rf"{name} must be at least 0, got -0\.1"):
        margins.combined_margin(C, LABELS, **{name: -0.1})


@pytest.mark.parametrize("m2", [-0.1, 3.2])
def test_m2_is_an_angle(m2):
    with pytest.raises(ValueError, match=rf"m2 must be in \[0, 3\.14159\], got {m2}"):
        margins.combined_margin(C, LABELS, m2=m2)
