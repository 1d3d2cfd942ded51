"""Every margin, under cross entropy, against values computed at 50 digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins
from adrjax.margins._psi import psi
from tests import goldens
from tests.golden_cases import assert_close, cases


def margin_softmax_logits(cos, y, *, s, m1=1.0, m2=0.0, m3=0.0, **options):
    return margins.combined_margin(
        cos,
        y,
        m1=m1,
        m2=m2,
        m3=m3,
        scale=s,
        straight_through=options.get("straight_through", False),
        linear_tail=options.get("tail") == "linear",
    )


def lsoftmax_logits(x, w, y, *, m, lam):
    return margins.large_margin(x, w, y, margin=m, lam=lam)


def asoftmax_logits(x, w, y, *, m, lam):
    return margins.sphereface(x, w, y, margin=m, lam=lam)


LOGITS = {
    "margin_softmax": margin_softmax_logits,
    "margin_softmax_xw": lambda x, w, y, **params: margin_softmax_logits(
        margins.cosines(x, w), y, **params
    ),
    "lsoftmax": lsoftmax_logits,
    "asoftmax": asoftmax_logits,
}


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", LOGITS)
def test_value_and_gradient(name, dtype):
    def function(*inputs, **params):
        return losses.cross_entropy(LOGITS[name](*inputs, **params), inputs[-1])

    goldens.check(name, function, dtype)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", ["margin_softmax", "lsoftmax", "asoftmax"])
def test_logit_of_the_label(name, dtype):
    for case, arrays in cases(name, dtype):
        with jax.enable_x64(dtype == "float64"):
            logits = LOGITS[name](*arrays.values(), **case["params"])
        own = np.take_along_axis(np.asarray(logits), arrays["y"][:, None], axis=1)[:, 0]
        assert_close(own, case["extra"]["target_logit"], dtype, case)


@pytest.mark.parametrize("named", [margins.cosface, margins.arcface])
def test_the_named_margins_are_those_of_the_combined(named):
    word = {margins.cosface: "m3", margins.arcface: "m2"}[named]
    own = [
        (case, arrays)
        for case, arrays in cases("margin_softmax", "float64")
        if set(case["params"]) == {"s", word}
    ]
    assert own
    for case, arrays in own:
        scale, margin = case["params"]["s"], case["params"][word]
        with jax.enable_x64(True):
            logits = named(*arrays.values(), margin=margin, scale=scale)
            values = losses.cross_entropy(logits, arrays["y"])
        assert_close(values, case["per"], "float64", case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_psi_and_its_derivative(dtype):
    for case, arrays in cases("psi", dtype):
        margin = case["params"]["m"]
        with jax.enable_x64(dtype == "float64"):
            value, slope = jax.vmap(
                jax.value_and_grad(lambda c, margin=margin: psi(c, margin))
            )(arrays["cos"])
        assert_close(value, case["outputs"]["psi"], dtype, case)
        assert_close(slope, case["outputs"]["dpsi_dcos"], dtype, case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_target_and_its_derivative(dtype):
    for case, arrays in cases("margin_target", dtype):

        def target(c, params=case["params"]):
            return margins.combined_margin(c[None], jnp.array(0), scale=1.0, **params)

        with jax.enable_x64(dtype == "float64"):
            value, slope = jax.vmap(jax.value_and_grad(lambda c: target(c)[0]))(
                arrays["cos"]
            )
        assert_close(value, case["outputs"]["target"], dtype, case)
        assert_close(slope, case["outputs"]["dtarget_dcos"], dtype, case)
