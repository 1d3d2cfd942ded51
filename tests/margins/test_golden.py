"""Every margin, under cross entropy, against values computed at 50 digits."""

import jax
import jax.numpy as jnp
import pytest

from adrjax import losses, margins
from adrjax.margins._psi import psi
from tests import goldens
from tests.goldens import GRADIENT, assert_close, results


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
        logits = LOGITS[name](*inputs, **params)
        return losses.focal(logits, inputs[-1], gamma=0.0)  # exact however near 0

    goldens.check(name, function, dtype)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", ["margin_softmax", "lsoftmax", "asoftmax"])
def test_logit_of_the_label(name, dtype):
    def own(*inputs, **params):
        logits = LOGITS[name](*inputs, **params)
        return jnp.take_along_axis(logits, inputs[-1][:, None], axis=1)[:, 0]

    for case, actual in results(name, dtype, own):
        assert_close(actual, case["extra"]["target_logit"], dtype, case)


@pytest.mark.parametrize(("margin", "word"), [("cosface", "m3"), ("arcface", "m2")])
def test_the_named_margins_are_those_of_the_combined(margin, word):
    def values(cos, y, *, s, **params):
        if set(params) != {word}:
            return None
        logits = getattr(margins, margin)(cos, y, margin=params[word], scale=s)
        return losses.cross_entropy(logits, y)

    pairs = results("margin_softmax", "float64", values)
    own = [(case, actual) for case, actual in pairs if actual is not None]
    assert len(own) > 3
    for case, actual in own:
        assert_close(actual, case["per"], "float64", case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_circle_of_one_positive(dtype):
    def circle(sp, sn, *, m, gamma, detach):
        def loss(sp, sn):
            logits = margins.circle(
                jnp.concatenate([sp, sn]),
                jnp.array(0),
                margin=m,
                scale=gamma,
                stop_weights=detach,
            )
            return losses.focal(logits, jnp.array(0), gamma=0.0)

        if len(sp) != 1:
            return None
        return jax.value_and_grad(loss, (0, 1))(sp, sn)

    pairs = results("circle", dtype, circle)
    own = [(case, actual) for case, actual in pairs if actual is not None]
    assert len(own) > 3
    for case, (value, slopes) in own:
        assert_close(value, case["value"], dtype, case)
        for actual, expected in zip(slopes, case["grads"].values(), strict=True):
            assert_close(actual, expected, dtype, case, GRADIENT)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_psi_and_its_derivative(dtype):
    def both(cos, *, m):
        return jax.vmap(jax.value_and_grad(lambda c: psi(c, m)))(cos)

    for case, (value, slope) in results("psi", dtype, both):
        assert_close(value, case["outputs"]["psi"], dtype, case)
        assert_close(slope, case["outputs"]["dpsi_dcos"], dtype, case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_target_and_its_derivative(dtype):
    def both(cos, **params):
        def target(c):
            label = jnp.array(0)
            return margins.combined_margin(c[None], label, scale=1.0, **params)[0]

        return jax.vmap(jax.value_and_grad(target))(cos)

    for case, (value, slope) in results("margin_target", dtype, both):
        assert_close(value, case["outputs"]["target"], dtype, case)
        assert_close(slope, case["outputs"]["dtarget_dcos"], dtype, case)
