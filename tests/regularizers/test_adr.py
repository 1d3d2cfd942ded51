"""ADR: the formulas and claims of its paper, and where they do not hold."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.regularizers import adr, entropy, gsc

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


def binary(p):
    return jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1)


OPTIONS = ("tau", "form", "threshold", "uncertainty", "statistic", "stop_uncertainty")


@functools.partial(jax.jit, static_argnames=OPTIONS)
def gradient_of(z, **options):
    return jax.grad(lambda z: adr(z, **options).sum())(z)


def test_forms_differ_by_their_normalizers():
    """kernel = eq4 (sqrt(2 pi) phi)^tau = eq14 (2 pi phi)^(tau / 2)."""
    z, tau = Z, 3
    phi = entropy(z, normalize=True)
    kernel = adr(z, tau=tau, form="kernel")
    np.testing.assert_allclose(
        adr(z, tau=tau) * (jnp.sqrt(2 * jnp.pi) * phi) ** tau, kernel, rtol=1e-5
    )
    np.testing.assert_allclose(
        adr(z, tau=tau, form="eq14") * (2 * jnp.pi * phi) ** (tau / 2),
        kernel,
        rtol=1e-5,
    )


def test_batch_scope_is_equation_4_and_differs_from_equation_7():
    """Eq. (4) averages phi over the batch, Eqs. (3), (7) and (8) do not."""
    z = 3 * Z
    phi = entropy(z, normalize=True).mean()
    squares = jnp.sum(jax.lax.top_k(jax.nn.softmax(z), 2)[0] ** 2, axis=-1)
    expected = jnp.exp(-squares / (2 * phi)) / (2 * jnp.pi * phi**2)
    np.testing.assert_allclose(adr(z, scope="batch"), expected, rtol=1e-5)
    assert np.abs(adr(z) - expected).max() > 0.05


@pytest.mark.parametrize("tau", [2, 5])
def test_gradient_is_zero_at_the_uniform_prediction(tau):
    """Section 3.2.1 claims that it is largest there; by symmetry it is 0."""
    z = jnp.zeros((1, tau))
    np.testing.assert_allclose(gradient_of(z, tau=tau), 0.0, atol=1e-7)


@pytest.mark.parametrize(
    "p, slope", [(0.7, 0.115), (0.9, 0.321), (0.95, 0.117), (0.99, -0.387)]
)
def test_uncertain_predictions_are_flattened_and_certain_ones_sharpened(p, slope):
    """Descent lowers the top logit where its slope is positive. The paper's claim of
    sharpening holds beyond phi = T / (2 tau) only."""
    norm = jnp.abs(gradient_of(binary(jnp.array([p])))).sum()
    sign = jnp.sign(gradient_of(binary(jnp.array([p])))[0, 0])
    np.testing.assert_allclose(sign * norm, slope, atol=6e-4)


@pytest.mark.parametrize(
    "options", [{"form": "kernel"}, {"stop_uncertainty": True}], ids=str
)
def test_kernel_and_stopped_uncertainty_sharpen_everywhere(options):
    z = 3 * jax.random.normal(jax.random.key(0), (500, 10))
    gradient = gradient_of(z, **options)
    top = jnp.argmax(z, axis=-1)
    assert (jnp.take_along_axis(gradient, top[:, None], axis=-1) <= 1e-9).all()


def test_confident_predictions_have_no_penalty():
    """F < 1e-3 below phi = 0.044 at tau = 2."""
    z = 7.0 * jnp.eye(10)[:1]
    assert entropy(z, normalize=True) < 0.044
    assert adr(z) < 1e-3
    np.testing.assert_array_equal(gradient_of(100 * z), 0.0)


def test_threshold_selects_the_classes_above_it_and_their_number():
    probs = jnp.array([[0.5, 0.3, 0.15, 0.05]])
    z = jnp.log(probs)
    phi = entropy(z, normalize=True)
    expected = jnp.exp(-(0.25 + 0.09 + 0.0225) / (2 * phi)) / (
        (jnp.sqrt(2 * jnp.pi) * phi) ** 3
    )
    np.testing.assert_allclose(adr(z, threshold=0.1), expected, rtol=1e-5)
    np.testing.assert_allclose(adr(z, threshold=0.9), adr(z, tau=1), rtol=1e-6)
    np.testing.assert_allclose(
        jax.jit(lambda t: adr(z, threshold=t))(0.1), expected, rtol=1e-5
    )


def test_ties_are_resolved_as_in_top_k():
    gradient = gradient_of(jnp.zeros((1, 4)), tau=2)[0]
    np.testing.assert_allclose(gradient[0], gradient[1])
    np.testing.assert_allclose(gradient[2], gradient[3])
    assert abs(gradient[0] - gradient[2]) > 1e-3


def test_gsc_is_equation_14_of_the_squared_uncertainty():
    """At a uniform prediction both uncertainties are 1."""
    z = jnp.zeros((1, 5))
    np.testing.assert_allclose(gsc(z, top_c=3), adr(z, tau=3, form="eq14"), rtol=1e-6)


def test_overflowing_form_raises():
    z = jnp.zeros((2, 200))
    assert np.isfinite(adr(z, tau=37)).all()
    with pytest.raises(ValueError, match="tau=38 overflows float32"):
        adr(z, tau=38)
    with pytest.raises(ValueError, match="tau=101 overflows float32"):
        adr(z, tau=101, form="eq14")
    assert np.isfinite(adr(z, tau=200, form="kernel")).all()
    with jax.enable_x64(True):
        assert np.isfinite(adr(np.zeros((2, 200)), tau=38)).all()


@pytest.mark.parametrize(
    ("regularizer", "p"),
    [
        (functools.partial(adr, tau=37), 0.9809),
        (functools.partial(adr, tau=100, form="eq14"), 0.9872),
        (functools.partial(gsc, top_c=83), 0.6496),
    ],
)
def test_density_that_overflows_between_two_classes_is_bounded(regularizer, p):
    z = jnp.full(1000, -jnp.inf).at[:2].set(jnp.log(jnp.array([p, 1 - p])))
    value, gradient = jax.value_and_grad(regularizer)(z)
    assert 1e33 < value < 1e34
    np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"form": "kernel", "stop_uncertainty": True},
        {"threshold": 0.3, "uncertainty": "variance", "statistic": "l1"},
    ],
    ids=str,
)
def test_nan_logit_gives_nan(options):
    z = jnp.where(jnp.eye(3, dtype=bool), jnp.nan, jnp.arange(3.0))
    value, gradient = jax.jit(lambda z: (adr(z, **options), gradient_of(z, **options)))(
        z
    )
    assert np.isnan(value).all() and np.isnan(gradient).any(axis=-1).all()


def test_dtype_of_the_threshold_does_not_change_that_of_the_penalty():
    with jax.enable_x64(True):
        assert adr(Z, threshold=np.float64(0.1)).dtype == jnp.float32


@pytest.mark.parametrize("tau", [0, 6])
def test_tau_outside_the_classes_raises(tau):
    with pytest.raises(ValueError, match=rf"tau must be in 1..5.*, got {tau}"):
        adr(jnp.zeros((2, 5)), tau=tau)


def test_tau_that_is_not_an_integer_raises():
    with pytest.raises(TypeError, match=r"tau must be an integer .* got 2.5"):
        adr(jnp.zeros((2, 5)), tau=2.5)


@pytest.mark.parametrize("name", ["form", "scope", "uncertainty", "statistic"])
def test_unknown_option_raises(name):
    with pytest.raises(ValueError, match=rf"{name} must be one of '.*, got 'other'"):
        adr(jnp.zeros((2, 5)), **{name: "other"})


@pytest.mark.parametrize("threshold", [-0.1, 20])
def test_threshold_outside_0_and_1_raises(threshold):
    with pytest.raises(ValueError, match=r"threshold must be in \[0, 1\], got"):
        adr(Z, threshold=threshold)


def test_one_class_raises():
    with pytest.raises(ValueError, match="at least 2 classes, got shape"):
        adr(jnp.zeros((2, 1)), tau=1)
