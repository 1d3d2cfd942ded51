"""The claims of docs/adr_behaviour.md, and the command that draws its figures."""

import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.regularizers import adr, entropy
from experiments.adr import behaviour
from experiments.adr.behaviour import (
    CLASSES,
    DENSITIES,
    FIGURES,
    FORMS,
    log_density,
    of_every_form,
    one_against_rest,
    peak,
)
from experiments.harness import main

PAGE = (pathlib.Path(__file__).parents[2] / "docs/adr_behaviour.md").read_text()
LARGEST = np.log(np.finfo(np.float32).max)
pytestmark = pytest.mark.long
every_density = pytest.mark.parametrize("name", DENSITIES)


def slopes(name, odds, c):
    return of_every_form(one_against_rest(odds, c), 2)[name][1][:, 0]


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


@pytest.mark.long
def test_the_command_draws_the_figures_of_the_page_and_prints_its_tables(
    tmp_path, capsys
):
    out = tmp_path / "out"
    folders = ["--workdir", str(tmp_path), "--out", str(out)]
    main(behaviour.PAGE, folders, module=behaviour.__name__, doc=behaviour.__doc__)
    assert {path.name for path in out.iterdir()} == set(FIGURES)
    assert re.findall(r"images/(\w+\.png)", PAGE) == list(FIGURES)
    printed = capsys.readouterr().out.split("\ndrew")[0]
    tables = printed.partition("\n")[2].split("\n\n")  # after the folder of programs
    assert len(tables) == 4
    for table in tables:
        assert table in PAGE


@every_density
@pytest.mark.parametrize("c, tau", [(2, 2), (10, 7)])
def test_log_density_equals_the_library(name, c, tau):
    odds = np.linspace(1e-3, 4, 9)
    against_rest = np.log(FORMS[name].of(one_against_rest(odds, c), tau))
    np.testing.assert_allclose(
        log_density(name, odds, c, tau, c - 1), against_rest, rtol=1e-9
    )
    z = np.full((9, c), -np.inf)
    z[:, 0], z[:, 1] = odds, 0
    np.testing.assert_allclose(
        log_density(name, odds, c, tau, 1), np.log(FORMS[name].of(z, tau)), rtol=1e-9
    )


@pytest.mark.parametrize("name", ["kernel", "stop"])
@pytest.mark.parametrize("c", [2, 10, 100])
def test_without_the_gradient_of_the_divisor_descent_sharpens_everywhere(name, c):
    odds = np.linspace(1e-6 - np.log(c - 1), 12, 200)
    assert (slopes(name, odds, c) <= 0).all()


@every_density
@pytest.mark.parametrize("c", [2, 10, 100])
def test_a_density_flattens_below_its_peak_and_sharpens_above_it(name, c):
    p = peak(name, c, 2, c - 1)[0]
    odds = np.log(p / (1 - p)) + np.array([-0.5, 0.5])
    below, above = slopes(name, odds, c)
    assert above < 0 < below


@every_density
@pytest.mark.parametrize("tau", [7, 20])
def test_the_peak_is_a_little_below_the_one_at_constant_t(name, tau):
    power, exponent = DENSITIES[name]
    p = peak(name, 1000, tau, 999)[0]
    z = one_against_rest(np.array([np.log(p / (1 - p))]), 1000)
    t = p**2 + (tau - 1) * ((1 - p) / 999) ** 2
    at_constant_t = (t * exponent / (2 * power * tau)) ** (1 / exponent)
    phi = entropy(z, normalize=True)[0]
    assert at_constant_t < phi < 1.3 * at_constant_t


@pytest.mark.parametrize("c", CLASSES)
@pytest.mark.parametrize("name", FORMS)
def test_very_confident_predictions_have_almost_no_slope(name, c):
    assert np.abs(slopes(name, np.log([0.998 / 0.002]), c)) < 1e-3


def test_the_turning_point_falls_with_the_classes_and_rises_with_tau():
    for name in DENSITIES:
        turns = [peak(name, c, 2, c - 1)[0] for c in CLASSES]
        assert turns == sorted(turns, reverse=True)
        turns = [peak(name, 100, tau, 99)[0] for tau in (2, 5, 10, 20)]
        assert turns == sorted(turns)


def test_almost_uniform_predictions_are_sharpened_by_the_choice_among_ties():
    nearer, farther = slopes("eq4", np.log([0.105 / 0.895, 0.12 / 0.88]), 10)
    assert -2e-3 < nearer < 0 < farther < 2e-3


def test_eq_4_is_as_large_as_the_cross_entropy_on_imagenet():
    """tau = 7 and gamma = 0.02, as for ResNet-50."""
    np.testing.assert_allclose(
        0.02 * np.exp(peak("eq4", 1000, 7, 999)[1]), 5.7, atol=0.05
    )
    np.testing.assert_allclose(np.log(1000), 6.9, atol=0.05)


def test_the_early_gradient_is_at_most_a_thousandth_of_cross_entropy():
    early = PAGE.split("| cross entropy |")[1].splitlines()[2].strip("| ").split(" | ")
    eq4, kernel, ce = (float(early[i]) for i in (1, 4, 6))
    np.testing.assert_allclose(ce / (0.05 * eq4), 8000, rtol=0.05)
    np.testing.assert_allclose(ce / (0.05 * kernel), 1000, rtol=0.05)


def test_eq_4_overflows_float32_at_tau_37():
    np.testing.assert_allclose(LARGEST, 88.72, atol=5e-3)
    assert peak("eq4", 1000, 36, 1)[1] < LARGEST < peak("eq4", 1000, 37, 1)[1]
    with pytest.raises(ValueError, match="tau=38 overflows float32"):
        adr(jnp.zeros((1, 1000), jnp.float32), tau=38)
    assert adr(jnp.zeros((1, 1000), jnp.float32), tau=1000, form="kernel") <= 1
