"""Errata of GR: the printed formula or number, and what contradicts it."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses
from adrjax.optimizers import step_decay
from experiments.gr import table3, table5, table8

cross_entropy = jax.jit(losses.cross_entropy)
generalized_cross_entropy = jax.jit(losses.generalized_cross_entropy)
gradient_rescaling = jax.jit(losses.gradient_rescaling, static_argnames="g")
truncated_generalized_cross_entropy = jax.jit(
    losses.truncated_generalized_cross_entropy
)

# Table 3, by noise rate: CCE, beta = 0, then the best beta for lam = 0, 0.5, 1 and 2
FINAL_ACCURACY = {
    round(100 * table3.RATES[rate]): [x["final"] for x in table3.printed(rate).values()]
    for rate in table3.RATES
}
BEST_BETA = {
    round(100 * table3.RATES[rate]): [*betas.values()]
    for rate, betas in table3.BETAS.items()
}

# Table 8: the printed mean and standard deviation, the trials that they are computed
# from, and the rest of the five trials.
TABLE_8 = {
    row: (*map(float, table8.PAGE.printed[row, "top1"].text.split("±")), *trials)
    for row, trials in table8.TRIALS.items()
}


def binary(p):
    """Logits of two classes, the label first."""
    return np.stack([np.log(p), np.log1p(-np.asarray(p))], axis=-1)


def of_label_0(loss, **options):
    return lambda z: loss(z, np.zeros(z.shape[:-1], int), **options)


@functools.partial(jax.jit, static_argnames=("loss", "g"))
def gradient(loss, z, **options):
    return jax.grad(lambda z: of_label_0(loss, **options)(z).sum())(z)


def weights(loss, p, **options):
    """The L1 norm of the gradient at each probability of the label."""
    return np.abs(gradient(loss, binary(p), **options)).sum(-1)


def identity(x):
    return x


@pytest.mark.parametrize("beta, weight", [(1.0, 0.301), (2.0, 0.603)])
def test_generalized_cross_entropy_is_beta_2_and_not_1(beta, weight):
    rescaled = weights(gradient_rescaling, 0.3, beta=beta, lam=0.7, g=identity)
    np.testing.assert_allclose(rescaled, weight, atol=5e-4)
    wanted = weights(generalized_cross_entropy, 0.3, q=0.7)
    np.testing.assert_allclose(wanted, 0.603, atol=5e-4)


def test_the_ratios_of_equation_6_are_0_over_0_from_a_margin_of_17_on():
    """In float32; the gradient of the library has the norm 1."""
    z = jnp.array([[16.0, 0], [17, 0]], jnp.float32)
    p = np.asarray(jax.nn.softmax(z)[:, 0])
    with np.errstate(invalid="ignore"):
        printed = (p - 1) * np.exp(8 * p**0.5 * (1 - p)) / (2 * (1 - p))
    np.testing.assert_array_equal(np.isnan(printed), [False, True])
    norms = np.abs(gradient(gradient_rescaling, z)).sum(-1)
    np.testing.assert_allclose(norms, 1, atol=2e-3)


@pytest.mark.parametrize(
    "missing, potential", [(1e-5, 12.92), (1e-10, 18.68), (1e-20, 30.19)]
)
def test_the_exact_loss_is_unbounded_and_no_error_function(missing, potential):
    """The decrease of the loss from p = 0.5 to 1 - missing: ln 10 / 2 per decade."""
    u = np.linspace(0, -np.log(missing), 4001)
    z = np.stack([u, np.zeros_like(u)], axis=-1)
    slope = gradient(gradient_rescaling, z)[:, 0]
    np.testing.assert_allclose(-np.trapezoid(slope, u), potential, atol=6e-3)


def test_examples_learnt_long_ago_keep_a_gradient_of_norm_1():
    z = np.array([[50.0, 0]])
    of_exp = gradient(gradient_rescaling, z)
    np.testing.assert_allclose(np.abs(of_exp).sum(), 1, rtol=1e-12)
    of_identity = gradient(gradient_rescaling, z, g=identity)
    np.testing.assert_allclose(np.abs(of_identity).sum(), 0, atol=1e-12)


@pytest.mark.parametrize("lam, focus", [(0.5, 1 / 3), (1.0, 1 / 2), (2.0, 2 / 3)])
def test_the_emphasis_focus_is_lam_over_lam_plus_1(lam, focus):
    p = np.linspace(0.001, 0.999, 2995)
    at = p[weights(gradient_rescaling, p, lam=lam).argmax()]
    np.testing.assert_allclose(at, focus, atol=3e-4)


def test_without_beta_there_is_no_emphasis_focus():
    p = np.linspace(0.001, 0.999, 99)
    np.testing.assert_allclose(weights(gradient_rescaling, p, beta=0.0), 1, rtol=1e-12)


@pytest.mark.parametrize(
    "lam, spread", [(0.0, 4.2e5), (0.5, 50.4), (1.0, 4.55), (2.0, 0.63)]
)
def test_the_emphasis_spread_falls_with_lam(lam, spread):
    """Over p uniform in 0..1, at beta = 8."""
    p = (np.arange(20_000) + 0.5) / 20_000
    variance = weights(gradient_rescaling, p, beta=8.0, lam=lam).var()
    np.testing.assert_allclose(variance, spread, rtol=1e-2)


@pytest.mark.parametrize(
    "beta, lam, weight", [(8, 0.5, 9.7), (12, 0.5, 30.4), (16, 1, 4.2), (24, 2, 1.24)]
)
def test_the_first_steps_are_as_long_as_beta_and_lam_make_them(beta, lam, weight):
    """At p = 1/10, where cross entropy has the weight 1.8."""
    actual = weights(gradient_rescaling, 0.1, beta=float(beta), lam=float(lam))
    np.testing.assert_allclose(actual, weight, rtol=1e-2)
    np.testing.assert_allclose(weights(cross_entropy, 0.1), 1.8, rtol=1e-12)


def test_q_of_0_divides_by_0_and_means_cross_entropy():
    z = binary([0.1, 0.5, 0.9])
    with np.errstate(invalid="ignore"):
        assert np.isnan((1 - np.float64(0.1) ** 0) / np.float64(0))
    np.testing.assert_allclose(
        of_label_0(generalized_cross_entropy, q=0.0)(z),
        of_label_0(cross_entropy)(z),
        rtol=1e-12,
    )


def test_the_gradient_of_equation_5_jumps_at_one_half():
    at = weights(truncated_generalized_cross_entropy, [0.5 - 1e-9, 0.5 + 1e-9], q=0.7)
    np.testing.assert_allclose(at, [0, 0.616], atol=5e-4)


@pytest.mark.parametrize("rate, worst", [(20, 1), (40, 1), (60, 0), (80, 0)])
def test_the_worst_of_table_3_has_no_focus_at_20_and_40_percent_and_focus_0_above(
    rate, worst
):
    """Row 0 is CCE, of focus 0; row 1 is beta = 0, which has no focus."""
    assert np.argmin(FINAL_ACCURACY[rate]) == worst


@pytest.mark.parametrize("rate, rises", [(20, 2), (40, 2), (60, 0), (80, 1)])
def test_the_best_beta_of_table_3_does_not_always_rise_with_lam(rate, rises):
    """From lam = 0.5 to 1 and from 1 to 2."""
    assert np.count_nonzero(np.diff(BEST_BETA[rate][1:]) > 0) == rises


def test_a_tenth_every_5000_iterations_leaves_no_rate_to_drop_at_32000():
    """Fig. 2 runs for 100,000 iterations, and jumps after 32,000 and 48,000."""
    rate = step_decay(0.1, at=range(5_000, 100_000, 5_000))
    np.testing.assert_allclose(rate(32_000), 1e-7, rtol=1e-6)


def test_table_5_and_table_8_differ_by_8_6_for_the_same_cross_entropy():
    """CIFAR-100, ResNet-44, 40 % noise, weight decay 1e-4; for GR both tables agree."""
    texts = {row: table5.PAGE.printed[row, "40 %"].text for row in ("CCE", "GR")}
    table_5 = {row: float(text.split("±")[0]) for row, text in texts.items()}
    table_8 = {"CCE": TABLE_8["L2"][0], "GR": TABLE_8["GR+L2"][0]}
    np.testing.assert_allclose(table_8["CCE"] - table_5["CCE"], 8.6)
    assert table_8["GR"] == table_5["GR"]


@pytest.mark.parametrize("row, above", [("CCE", 7.91), ("GCE", 11.42)])
def test_the_logs_of_the_authors_end_above_table_5_at_40_percent(row, above):
    """CCE is quoted from D2L, GCE was trained; the logs have a weight decay of 5e-4."""
    printed = table5.PAGE.printed[row, "40 %"]
    assert printed.is_quoted == (row == "CCE")
    _, last = table5.LOGS[row]["40 %"]
    accuracy, deviation = map(float, printed.text.split("±"))
    np.testing.assert_allclose(last - accuracy, above)
    assert last - accuracy > 30 * deviation


@pytest.mark.parametrize("cell", TABLE_8)
def test_seven_cells_of_table_8_leave_out_one_or_two_of_the_five_trials(cell):
    mean, std, kept, left_out = TABLE_8[cell]
    assert len(kept) + len(left_out) == 5
    np.testing.assert_allclose(np.mean(kept), mean, atol=0.051)
    np.testing.assert_allclose(np.std(kept, ddof=1), std, atol=0.051)
    if left_out:
        assert abs(np.mean(kept + left_out) - mean) > 0.1
        assert np.std(kept + left_out, ddof=1) > std


def test_the_standard_deviation_of_the_baseline_is_1_26_over_all_five_trials():
    _, printed, kept, left_out = TABLE_8["Baseline"]
    assert printed == 0.1
    np.testing.assert_allclose(np.std(kept + left_out, ddof=1), 1.26, atol=5e-3)
    np.testing.assert_allclose(np.mean(kept + left_out), 45.57, atol=5e-3)


@pytest.mark.parametrize(
    "rate, clean, flipped, printed, implied",
    [
        (0.2, 99.0, 85.9, 95.7, 96.38),
        (0.2, 98.8, 11.7, 81.5, 81.38),
        (0.4, 97.0, 81.1, 83.0, 90.64),
        (0.4, 94.8, 7.5, 60.3, 59.88),
    ],
    ids=["CCE, 20 %", "GR, 20 %", "CCE, 40 %", "GR, 40 %"],
)
def test_the_subsets_of_table_11_do_not_add_up_for_cross_entropy_at_40_percent(
    rate, clean, flipped, printed, implied
):
    whole = (1 - rate) * clean + rate * flipped
    np.testing.assert_allclose(whole, implied, atol=1e-9)
    assert (abs(whole - printed) > 1) == (printed == 83.0)
