"""Errata of ADR: the printed formula or number, and what contradicts it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import regularizers
from experiments.adr.table3 import PAGE

adr = jax.jit(
    regularizers.adr, static_argnames=("tau", "form", "scope", "stop_uncertainty")
)
gsc = jax.jit(regularizers.gsc, static_argnames="top_c")
entropy = jax.jit(regularizers.entropy, static_argnames="normalize")
FOUR = np.array([0.4, 0.3, 0.2, 0.1])
EIGHT = np.array([0.3] + 7 * [0.1])


def binary(p):
    """Logits of two classes, the first of probability p."""
    return np.stack([np.log(p), np.log1p(-np.asarray(p))], axis=-1)


def gradient(f, z):
    return np.asarray(jax.jit(jax.grad(lambda z: f(z).sum()))(z))


def uncertainty(z):
    return entropy(z, normalize=True)


def one_against_rest(log_odds, c):
    z = np.zeros((len(log_odds), c))
    z[:, 0] = log_odds + np.log(c - 1)
    return z


@pytest.mark.parametrize("form, slope", [("eq4", -1.385), ("eq14", -0.693)])
def test_the_normalizer_of_equation_4_falls_twice_as_fast_as_equation_14_says(
    form, slope
):
    """At p = 0.8 of two classes, where phi = 0.722, for one factor: tau = 1."""
    z = binary(0.8)
    np.testing.assert_allclose(uncertainty(z), 0.722, atol=5e-4)

    def log_normalizer(z):
        return jnp.log(adr(z, tau=1, form=form) / adr(z, tau=1, form="kernel"))

    by_phi = gradient(log_normalizer, z) / gradient(uncertainty, z)
    np.testing.assert_allclose(by_phi, slope, atol=5e-4)


@pytest.mark.parametrize(
    "regularizer, largest",
    [
        (lambda z: adr(z, tau=7), 286),
        (lambda z: adr(z, tau=7, form="eq14"), 0.0840),
        (lambda z: gsc(z, top_c=7), 0.283),
    ],
    ids=["eq4", "eq14", "gsc"],
)
def test_the_readings_of_the_density_differ_by_three_orders_of_magnitude(
    regularizer, largest
):
    """The largest value at tau = 7 as the probability of one of 1000 classes grows."""
    z = one_against_rest(np.linspace(-6.9, 10, 500), 1000)
    np.testing.assert_allclose(regularizer(z).max(), largest, rtol=3e-3)


def test_two_tied_classes_of_a_thousand_cost_1300():
    z = np.full((1, 1000), -np.inf)
    z[0, :2] = 0
    np.testing.assert_allclose(adr(z, tau=7), 1300, rtol=3e-3)
    np.testing.assert_allclose(adr(z, tau=7, form="eq14"), 0.415, rtol=3e-3)


def density_14(p, tau):
    """F as a function of independent p, with the first tau of them in T."""
    phi = -jnp.sum(p * jnp.log(p)) / jnp.log(len(p))
    kernel = jnp.exp(-jnp.sum(p[:tau] ** 2) / (2 * phi))
    return kernel / (2 * jnp.pi * phi) ** (tau / 2)


slope_14 = jax.jit(jax.grad(density_14), static_argnums=1)


def printed_gradient(p, tau, slope):
    """The terms of Eqs. (8) and (16) with a given phi'."""
    phi, y = -np.sum(p * np.log(p)) / np.log(len(p)), p[:tau]
    terms = (y**2 * slope[:tau] - 2 * y * phi - phi * slope[:tau]) / (2 * phi**2)
    return np.asarray(jax.jit(density_14, static_argnums=1)(p, tau)) * terms


def equation_17(p):
    phi = -np.sum(p * np.log(p)) / np.log(len(p))
    return -(phi + np.log(p)) / (1 - p)


def partial(p):
    """The partial derivative of phi with respect to each p."""
    return -(1 + np.log(p)) / np.log(len(p))


def test_equation_8_lacks_the_terms_by_which_phi_couples_the_classes():
    p, tau = FOUR, 3
    exact = slope_14(p, tau)
    np.testing.assert_allclose(exact[:tau], [-0.0211, -0.0330, -0.0524], atol=5e-5)
    np.testing.assert_allclose(
        printed_gradient(p, tau, partial(p)), [-0.0249, -0.0243, -0.0272], atol=5e-5
    )
    np.testing.assert_allclose(
        printed_gradient(p, tau, equation_17(p)), [-0.0262, -0.0319, -0.0404], atol=5e-5
    )
    np.testing.assert_allclose(
        gradient(lambda z: adr(z, tau=tau, form="eq14"), np.log(p)),
        p * (exact - p @ exact),
        atol=1e-12,
    )


def test_equation_8_is_right_for_one_class_alone():
    exact = slope_14(FOUR, 1)
    printed = printed_gradient(FOUR, 1, partial(FOUR))
    np.testing.assert_allclose(exact[:1], printed, rtol=1e-14)


def test_equation_17_has_the_wrong_sign_where_phi_is_normalized():
    """With a logarithm to the base c it is the derivative along the simplex."""
    p = EIGHT

    def moved(step):
        rest = p[1:] * (1 - p[0] - step) / (1 - p[0])
        return uncertainty(np.log(np.concatenate([p[:1] + step, rest])))

    quotient = (moved(1e-6) - moved(-1e-6)) / 2e-6
    np.testing.assert_allclose(quotient, -0.528, atol=5e-4)
    np.testing.assert_allclose(equation_17(p)[0], 0.365, atol=5e-4)
    to_base_c = -(float(uncertainty(np.log(p))) + np.log(p) / np.log(8)) / (1 - p)
    np.testing.assert_allclose(to_base_c[0], quotient, rtol=1e-7)
    np.testing.assert_allclose(partial(p)[0], 0.098, atol=5e-4)


def test_the_logit_derivative_is_equation_17_to_the_base_c_by_p_of_1_less_p():
    p = EIGHT
    to_base_c = -(float(uncertainty(np.log(p))) + np.log(p) / np.log(8)) / (1 - p)
    by_logits = gradient(uncertainty, np.log(p))
    np.testing.assert_allclose(by_logits, p * (1 - p) * to_base_c, atol=1e-14)
    np.testing.assert_allclose(by_logits[0], -0.111, atol=5e-4)


def test_equation_4_averages_the_uncertainty_over_the_batch_and_equation_7_does_not():
    z = jnp.array([[0.0, 0, 0], [2, 0, 0], [4, 0, 0]])
    np.testing.assert_allclose(adr(z), [0.142, 0.258, 0.342], atol=5e-4)
    np.testing.assert_allclose(adr(z, scope="batch"), [0.380, 0.269, 0.208], atol=5e-4)


@pytest.mark.parametrize(
    "p, slope",
    [(0.5, 0), (0.7, 0.115), (0.9, 0.321), (0.95, 0.117), (0.99, -0.387)],
)
def test_the_gradient_is_not_largest_at_the_uniform_prediction_but_0(p, slope):
    """L1 norms, positive where descent flattens: two classes, tau = 2."""
    z = gradient(adr, binary(p))
    np.testing.assert_allclose(np.sign(z[0]) * np.abs(z).sum(), slope, atol=6e-4)


def test_the_penalty_of_a_confident_prediction_exceeds_that_of_the_uniform_one():
    penalties = adr(binary([0.5, 0.95]))
    np.testing.assert_allclose(penalties, [0.124, 0.400], atol=5e-4)


@pytest.mark.parametrize(
    "regularizer, tau, phi",
    [
        (lambda z, tau: adr(z, tau=tau), 2, 0.043),
        (lambda z, tau: adr(z, tau=tau), 5, 0.023),
        (lambda z, tau: adr(z, tau=tau), 7, 0.017),
        (lambda z, tau: gsc(z, top_c=tau), 2, 0.226),
        (lambda z, tau: gsc(z, top_c=tau), 5, 0.202),
        (lambda z, tau: gsc(z, top_c=tau), 7, 0.187),
    ],
)
def test_tau_sets_the_uncertainty_below_which_nothing_is_penalised(
    regularizer, tau, phi
):
    """The epsilon of Eq. (3) for ten classes, taken where F = 0.001."""
    z = one_against_rest(np.linspace(0, 12, 20_000), 10)
    left_alone = np.asarray(regularizer(z, tau)) < 1e-3
    first = z[np.argmax(left_alone)]
    assert left_alone[np.argmax(left_alone) :].all()
    np.testing.assert_allclose(uncertainty(first), phi, atol=5e-4)


def test_in_float32_the_uncertainty_does_reach_0():
    z = jnp.array([110.0, 0], jnp.float32)
    assert uncertainty(z) == 0
    assert adr(z) == 0
    np.testing.assert_array_equal(gradient(adr, z), 0)


def test_the_noise_row_of_table_4_is_the_best_of_each_column_of_the_preprint():
    """GSC, Table 2: four rows of (gamma, top_c), at 20, 40, 60 and 80 % noise."""
    settings = np.array(
        [
            [74.89, 70.22, 62.17, 42.17],
            [74.81, 70.53, 62.32, 39.31],
            [74.24, 70.49, 63.65, 42.53],
            [74.02, 69.82, 63.38, 43.83],
        ]
    )
    np.testing.assert_array_equal(settings.max(0), [74.89, 70.53, 63.65, 43.83])
    assert len(set(settings.argmax(0))) == 4
    gains = settings - [72.51, 68.95, 63.45, 43.38]  # over cross entropy
    np.testing.assert_array_equal((gains > 0).sum(0), [4, 4, 1, 1])


@pytest.mark.parametrize(
    "row, gain",
    [("AlexNet CE+ADR, GSC form", 3.74), ("AlexNet LS+ADR, GSC form", 4.42)],
)
def test_the_gain_of_4_42_is_that_of_label_smoothing_and_adr_together(row, gain):
    paper = {
        row: float(printed.text)
        for (row, column), printed in PAGE.printed.items()
        if column == "top1"
    }
    np.testing.assert_allclose(paper[row] - paper["AlexNet CE"], gain, atol=1e-9)


def test_some_numbers_of_table_1_are_not_those_of_the_preprint():
    """Top-1 errors: CE of ResNet-50, CE of ResNet-101, ResNet-101 with ADR."""
    adr, preprint = np.array([23.06, 21.30, 20.76]), np.array([23.03, 21.26, 20.79])
    np.testing.assert_allclose(adr - preprint, [0.03, 0.04, -0.03], atol=1e-9)
