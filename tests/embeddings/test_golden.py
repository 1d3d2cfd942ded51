"""Every loss of features against values computed at 50 digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings
from adrjax.embeddings._circle import of_similarities
from tests import goldens
from tests.goldens import GRADIENT, assert_close, cases, results


def pedcc_loss(x, y, p, *, s, m, lam, n):
    return embeddings.pedcc(x, y, p, scale=s, margin=m, lam=lam, n=n)


def nac_loss(x, y, p, *, delta, denom):
    return embeddings.norm_adaptive_cosine(x, y, p, delta=delta, hypot=denom == "hypot")


def sc_loss(x, y, p, *, divide, via):
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


# golden name -> function of the inputs
FUNCTIONS = {
    "pedcc_mse": embeddings.pedcc_mse,
    "pedcc_loss": pedcc_loss,
    "cosine_loss": embeddings.cosine,
    "nac_loss": nac_loss,
    "sc_loss": sc_loss,
    "pod_loss": pod_loss,
    "barlow_twins": embeddings.barlow_twins,
    "center_loss": lambda x, y, m, *, alpha: embeddings.center(x, y, m),
    "triplet": lambda a, p, n, *, alpha: embeddings.triplet(a, p, n, margin=alpha),
    "contrastive": embeddings.contrastive,
    "circle": circle,
    "ie_eq7": lambda f, y, m, *, alpha, present_only: ie_loss(
        f, y, m, 0.5, alpha=alpha, Q=1, variant="eq6", present_only=present_only
    ),
}


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, dtype):
    goldens.check(name, FUNCTIONS[name], dtype)


def include_exclude_results(dtype, function):
    """Yields each case of IE and what a function makes of it and its variance."""
    compiled = jax.jit(function, static_argnums=0)
    for case, arrays in cases("ie_loss", dtype):
        f, y, m, *_ = arrays.values()
        numbers = np.array([case["extra"]["sigma2"], case["params"]["alpha"]], dtype)
        options = tuple((k, v) for k, v in case["params"].items() if k != "alpha")
        with jax.enable_x64(dtype == "float64"):
            output = compiled(options, f, y, m, *numbers)
        yield case, output


def own_variance(f, y, m):
    return jnp.sum((f - m[y]) ** 2) / (len(f) - 1)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_include_exclude(dtype):
    """The variance is given, that of the batch, or that of the batch with gradient."""

    def gradients(options, f, y, m, sigma2, alpha):
        options = dict(options)

        def mean(f, m, variance):
            if variance is None and options["sigma_grad"] == "full":
                variance = own_variance(f, y, m)
            values = ie_loss(f, y, m, variance, alpha=alpha, **options)
            return jnp.mean(values), values

        given = None if "sigma_batch" in options else sigma2
        return (
            *jax.value_and_grad(mean, (0, 1), has_aux=True)(f, m, given),
            jax.grad(mean, 2, has_aux=True)(f, m, sigma2)[0],
        )

    for case, ((value, values), slopes, slope) in include_exclude_results(
        dtype, gradients
    ):
        assert_close(value, case["value"], dtype, case)
        assert_close(values, case["per"], dtype, case)
        assert_close(slopes[0], case["grads"]["f"], dtype, case, GRADIENT)
        assert_close(slopes[1], case["grads"]["M"], dtype, case, GRADIENT)
        assert_close(slope, case["grads"]["sigma2"], dtype, case, GRADIENT)


def test_centers_that_include_exclude_selects():
    """Those that move, if a margin opens the hinge and a variance gives all weight."""

    def slopes(options, f, y, m, sigma2, alpha):
        def values(m):
            return ie_loss(f, y, m, 1e6, alpha=1e6, **dict(options))

        return jax.jacrev(values)(m)

    for case, slope in include_exclude_results("float64", slopes):
        moved = np.abs(slope).max(axis=-1) > 0
        for row, own, selected in zip(
            moved, case["inputs"]["y"], case["extra"]["sel"], strict=True
        ):
            assert set(np.flatnonzero(row)) - {own} == set(selected), case["id"]


def test_include_exclude_before_the_hinge():
    """A large margin opens the hinge, and is taken off again."""

    def raw(options, f, y, m, sigma2, alpha):
        options = dict(options)
        return ie_loss(f, y, m, sigma2, alpha=alpha + 1e3, **options) - 1e3

    for case, values in include_exclude_results("float64", raw):
        np.testing.assert_allclose(values, case["extra"]["raw"], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_updated_centers(dtype):
    for case, moved in results("center_loss", dtype, embeddings.update_centers):
        assert_close(moved, case["extra"]["new_M"], dtype, case)


def test_norm_adaptive_cosines():
    def cosines(x, y, p, **params):
        return 1 - jnp.sqrt(nac_loss(x, y, p, **params))

    for case, values in results("nac_loss", "float64", cosines):
        assert_close(values, case["extra"]["cos_na"], "float64", case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_terms_of_pedcc(dtype):
    def terms(x, y, p, **params):
        am = pedcc_loss(x, y, p, **params | {"lam": 0.0})
        return am.mean(), embeddings.pedcc_mse(x, y, p).mean()

    for case, (am, mse) in results("pedcc_loss", dtype, terms):
        assert_close(am, case["extra"]["am"], dtype, case)
        assert_close(mse, case["extra"]["mse"], dtype, case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_terms_of_pod(dtype):
    def terms(x, y, p, **params):
        nac = pod_loss(x, y, p, **params | {"lam": 0.0})
        return nac.mean(), sc_loss(x, y, p, divide=params["divide"], via="")

    for case, (nac, sc) in results("pod_loss", dtype, terms):
        assert_close(nac, case["extra"]["nac"], dtype, case)
        assert_close(sc, case["extra"]["sc"], dtype, case)
