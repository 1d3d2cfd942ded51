"""Margins against values computed at 50 digits.

float64 in both tiers; float32 in the long one, where programs are those of users.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins
from adrjax.margins._psi import psi
from tests.goldens import GRADIENT, assert_close, check, dtypes, in_tiers, results


def margin_logits(cos, y, *, s, tail=None, straight_through=False, **angles):
    return margins.combined_margin(
        cos,
        y,
        scale=s,
        straight_through=straight_through,
        linear_tail=tail == "linear",
        **angles,
    )


def margin_logits_of_features(x, w, y, **params):
    return margin_logits(margins.cosines(x, w), y, **params)


def large_margin_logits(x, w, y, *, m, lam):
    return margins.large_margin(x, w, y, margin=m, lam=lam)


def sphereface_logits(x, w, y, *, m, lam):
    return margins.sphereface(x, w, y, margin=m, lam=lam)


def exact_cross_entropy(z, y):
    """Softmax cross entropy with all digits, however close to 0 it is."""
    is_label = jnp.arange(z.shape[-1]) == y
    others = jax.nn.logsumexp(jnp.where(is_label, -jnp.inf, z))
    return jax.nn.softplus(others - jnp.sum(jnp.where(is_label, z, 0)))


LOGITS = {
    "margin_softmax": margin_logits,
    "margin_softmax_xw": margin_logits_of_features,
    "lsoftmax": large_margin_logits,
    "asoftmax": sphereface_logits,
}


@dtypes
@pytest.mark.parametrize("name", in_tiers(LOGITS, slow=("lsoftmax", "asoftmax")))
def test_value_and_gradient_of_a_margin(name, dtype):
    def loss(*inputs, **params):
        logits, y = LOGITS[name](*inputs, **params), inputs[-1]
        own = jnp.sum(jnp.where(jnp.arange(len(logits)) == y, logits, 0))
        extra = {} if name == "margin_softmax_xw" else {"target_logit": own}
        return exact_cross_entropy(logits, y), extra

    check(name, loss, dtype, has_extra=True)


@pytest.mark.parametrize(("margin", "word"), [("cosface", "m3"), ("arcface", "m2")])
def test_the_named_margins_are_combined_margins(margin, word):
    def values(cos, y, *, s, **params):
        if set(params) != {word}:
            return jnp.nan
        logits = getattr(margins, margin)(cos, y, margin=params[word], scale=s)
        return losses.cross_entropy(logits, y)

    pairs = results("margin_softmax", "float64", values)
    own = [(case, v) for case, v in pairs if not np.isnan(v).any()]
    assert len(own) > 3
    for case, actual in own:
        assert_close(actual, case["per"], "float64", case)


@dtypes
def test_margins_circle_of_one_positive(dtype):
    def circle(sp, sn, *, m, gamma, detach):
        def loss(sp, sn):
            logits = margins.circle(
                jnp.concatenate([sp, sn]),
                0,
                margin=m,
                scale=gamma,
                stop_weights=detach,
            )
            return exact_cross_entropy(logits, 0)

        return jax.value_and_grad(loss, (0, 1))(sp, sn)

    pairs = [
        (case, output)
        for case, [output] in results("circle", dtype, circle, coupled=True)
        if len(case["inputs"]["sp"]) == 1
    ]
    assert len(pairs) > 3
    for case, (value, slopes) in pairs:
        assert_close(value, case["value"], dtype, case)
        for actual, expected in zip(slopes, case["grads"].values(), strict=True):
            assert_close(actual, expected, dtype, case, GRADIENT)


@dtypes
def test_psi_and_its_derivative(dtype):
    def both(cos, *, m):
        return jax.value_and_grad(lambda c: psi(c, m))(cos)

    for case, outputs in results("psi", dtype, both):
        values, slopes = zip(*outputs, strict=True)
        assert_close(values, case["outputs"]["psi"], dtype, case)
        assert_close(slopes, case["outputs"]["dpsi_dcos"], dtype, case)


@dtypes
def test_target_and_its_derivative(dtype):
    def both(cos, **params):
        def target(c):
            return margins.combined_margin(c[None], 0, scale=1.0, **params)[0]

        return jax.value_and_grad(target)(cos)

    for case, outputs in results("margin_target", dtype, both):
        values, slopes = zip(*outputs, strict=True)
        assert_close(values, case["outputs"]["target"], dtype, case)
        assert_close(slopes, case["outputs"]["dtarget_dcos"], dtype, case)
