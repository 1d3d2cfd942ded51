"""Embeddings against values computed at 50 digits.

float64 in both tiers; float32 in the long one, where programs are those of users.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings
from adrjax.embeddings._circle import of_similarities
from tests import goldens
from tests.goldens import GRADIENT, assert_close, check, dtypes, in_tiers, results


def pedcc_loss(x, y, p, *, s, m, lam, n):
    return embeddings.pedcc(x, y, p, scale=s, margin=m, lam=lam, n=n)


def nac_loss(x, y, p, *, delta, denom):
    return embeddings.norm_adaptive_cosine(x, y, p, delta=delta, hypot=denom == "hypot")


def nac_and_cosine(x, y, p, *, delta, denom):
    loss = nac_loss(x, y, p, delta=delta, denom=denom)
    return loss, {"cos_na": 1 - jnp.sqrt(loss)}


def sc_loss(x, y, p, *, divide, via=""):
    return embeddings.self_correlation(x, y, p, per_dimension=divide == "n-1")


def pod_loss(x, y, p, *, delta, lam, denom, divide):
    loss = embeddings.pod(
        p,
        lam=lam,
        initial_delta=delta,
        hypot=denom == "hypot",
        per_dimension=divide == "n-1",
    )
    return loss.apply(loss.init(), x, y)[0]


def circle(sp, sn, *, m, gamma, detach):
    is_positive = jnp.arange(len(sp) + len(sn)) < len(sp)
    similarities = jnp.concatenate([sp, sn])
    return of_similarities(detach, similarities, is_positive, ~is_positive, m, gamma)


def ie_loss(f, y, m, variance, *, alpha, Q, variant, present_only, **batch):
    return embeddings.include_exclude(
        f,
        y,
        m,
        variance,
        alpha=alpha,
        num_nearest=Q,
        inside=variant == "A1",
        present_only=present_only,
    )


def ie_of_equation_7(f, y, m, *, alpha, present_only):
    return ie_loss(
        f, y, m, 0.5, alpha=alpha, Q=1, variant="eq6", present_only=present_only
    )


COUPLED = {"coupled": True}
# golden name -> (function of the inputs, options of `check`)
FUNCTIONS = {
    "pedcc_mse": (embeddings.pedcc_mse, {}),
    "pedcc_loss": (pedcc_loss, COUPLED),
    "cosine_loss": (embeddings.cosine, {}),
    "nac_loss": (nac_and_cosine, {"has_extra": True}),
    "sc_loss": (sc_loss, COUPLED),
    "pod_loss": (pod_loss, COUPLED),
    "barlow_twins": (embeddings.barlow_twins, COUPLED),
    "center_loss": (lambda x, y, m, *, alpha: embeddings.center(x, y, m), {}),
    "triplet": (
        lambda a, p, n, *, alpha: embeddings.triplet(a, p, n, margin=alpha),
        {},
    ),
    "contrastive": (embeddings.contrastive, {}),
    "circle": (circle, COUPLED),
    "ie_eq7": (ie_of_equation_7, COUPLED),
}


@dtypes
@pytest.mark.parametrize("name", in_tiers(FUNCTIONS, slow=("pedcc_loss", "pod_loss")))
def test_value_and_gradient(name, dtype):
    function, options = FUNCTIONS[name]
    check(name, function, dtype, **options)


@dtypes
def test_include_exclude(dtype):
    """The variance is given, that of the batch, or that of the batch with gradient."""

    def gradients(f, y, m, sigma2, *, alpha, **options):
        def mean(f, m, variance):
            values = ie_loss(f, y, m, variance, alpha=alpha, **options)
            return jnp.mean(values), values

        def of_batch(f, m):
            if options["sigma_grad"] != "full":
                return mean(f, m, None)
            return mean(f, m, jnp.sum((f - m[y]) ** 2) / (len(f) - 1))

        value, slopes = jax.value_and_grad(mean, (0, 1, 2), has_aux=True)(f, m, sigma2)
        if "sigma_batch" in options:
            by_variance = slopes[2]
            value, slopes = jax.value_and_grad(of_batch, (0, 1), has_aux=True)(f, m)
            slopes = *slopes, by_variance
        return value, dict(zip(("f", "M", "sigma2"), slopes, strict=True))

    for case, [((value, values), slopes)] in with_variance(dtype, gradients):
        assert_close(value, case["value"], dtype, case)
        assert_close(values, case["per"], dtype, case)
        for name, slope in slopes.items():
            assert_close(slope, case["grads"][name], dtype, case, GRADIENT)


def with_variance(dtype, function):
    """Returns the cases of IE and what a function returns of inputs and variance."""
    cases = [
        case | {"inputs": case["inputs"] | {"sigma2": case["extra"]["sigma2"]}}
        for case in goldens.load("ie_loss")
    ]
    return results(cases, dtype, function, coupled=True)


@pytest.mark.long
def test_selected_centers_of_include_exclude():
    """A margin opens the hinge and a variance gives weight to all that are selected."""

    def slopes(f, y, m, sigma2, *, alpha, **options):
        def values(m):
            return ie_loss(f, y, m, 1e6, alpha=1e6, **options)

        return jax.jacrev(values)(m)

    for case, [slope] in with_variance("float64", slopes):
        moved = np.abs(slope).max(axis=-1) > 0
        for row, own, selected in zip(
            moved, case["inputs"]["y"], case["extra"]["sel"], strict=True
        ):
            assert set(np.flatnonzero(row)) - {own} == set(selected), case["id"]


@pytest.mark.long
def test_include_exclude_before_the_hinge():
    """A large margin opens the hinge, and is taken off again."""

    def raw(f, y, m, sigma2, *, alpha, **options):
        return ie_loss(f, y, m, sigma2, alpha=alpha + 1e3, **options) - 1e3

    for case, [values] in with_variance("float64", raw):
        np.testing.assert_allclose(values, case["extra"]["raw"], rtol=1e-9, atol=1e-11)


@dtypes
def test_updated_centers(dtype):
    for case, [moved] in results(
        "center_loss", dtype, embeddings.update_centers, coupled=True
    ):
        assert_close(moved, case["extra"]["new_M"], dtype, case)


@pytest.mark.long
def test_terms_of_pedcc():
    def terms(x, y, p, **params):
        am = pedcc_loss(x, y, p, **params | {"lam": 0.0})
        return am.mean(), embeddings.pedcc_mse(x, y, p).mean()

    for case, [(am, mse)] in results("pedcc_loss", "float64", terms, coupled=True):
        assert_close(am, case["extra"]["am"], "float64", case)
        assert_close(mse, case["extra"]["mse"], "float64", case)


@pytest.mark.long
def test_terms_of_pod():
    def terms(x, y, p, *, delta, lam, denom, divide):
        nac = nac_loss(x, y, p, delta=delta, denom=denom)
        return nac.mean(), sc_loss(x, y, p, divide=divide)

    for case, [(nac, sc)] in results("pod_loss", "float64", terms, coupled=True):
        assert_close(nac, case["extra"]["nac"], "float64", case)
        assert_close(sc, case["extra"]["sc"], "float64", case)
