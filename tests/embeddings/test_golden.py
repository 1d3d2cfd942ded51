"""Every loss of features against values computed at 50 digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings
from adrjax.embeddings._circle import of_similarities
from tests import goldens
from tests.golden_cases import GRADIENT, assert_close, cases


def pedcc_mse(x, y, p, *, normalize):
    return embeddings.pedcc_mse(x, y, p, normalize=normalize)


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
    "pedcc_mse": pedcc_mse,
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


def own_variance(f, y, m):
    return jnp.sum((f - m[y]) ** 2) / (len(f) - 1)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_include_exclude(dtype):
    """The variance is given, that of the batch, or that of the batch with gradient."""
    for case, arrays in cases("ie_loss", dtype):
        params, (f, y, m) = case["params"], list(arrays.values())[:3]
        gradient = params.get("sigma_grad")

        def loss(f, m, variance, y=y, params=params, gradient=gradient):
            if variance is None and gradient == "full":
                variance = own_variance(f, y, m)
            values = ie_loss(f, y, m, variance, **params)
            return jnp.mean(values), values

        with jax.enable_x64(dtype == "float64"):
            sigma2 = jnp.asarray(case["extra"]["sigma2"], dtype)
            given = arrays.get("sigma2")
            (value, values), slopes = jax.value_and_grad(loss, (0, 1), has_aux=True)(
                f, m, given
            )
            by_sigma2 = jax.grad(loss, 2, has_aux=True)(f, m, sigma2)[0]
        assert_close(value, case["value"], dtype, case)
        assert_close(values, case["per"], dtype, case)
        assert_close(slopes[0], case["grads"]["f"], dtype, case, GRADIENT)
        assert_close(slopes[1], case["grads"]["M"], dtype, case, GRADIENT)
        assert_close(by_sigma2, case["grads"]["sigma2"], dtype, case, GRADIENT)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_centers_that_include_exclude_selects(dtype):
    """Those that get a gradient where the loss is made positive by a large margin."""
    for case, arrays in cases("ie_loss", dtype):
        params = case["params"] | {"alpha": 1e6}
        f, y, m = list(arrays.values())[:3]

        def loss(m, i, f=f, y=y, params=params, case=case):
            return ie_loss(f, y, m, case["extra"]["sigma2"], **params)[i]

        with jax.enable_x64(True):
            slopes = [jax.grad(loss)(m.astype(float), i) for i in range(len(f))]
        for slope, own, selected in zip(slopes, y, case["extra"]["sel"], strict=True):
            moved = set(np.flatnonzero(np.abs(slope).max(axis=1))) - {int(own)}
            assert moved <= set(selected), case["id"]


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_batch_variance_and_the_value_before_the_hinge(dtype):
    """A large margin opens the hinge, and is taken off again."""
    for case, arrays in cases("ie_loss", dtype):
        f, y, m = list(arrays.values())[:3]
        params = case["params"] | {"alpha": 1e3}
        with jax.enable_x64(True):
            values = ie_loss(f, y, m, case["extra"]["sigma2"], **params)
        raw = np.asarray(values) - 1e3 + case["params"]["alpha"]
        np.testing.assert_allclose(raw, case["extra"]["raw"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_updated_centers(dtype):
    for case, arrays in cases("center_loss", dtype):
        with jax.enable_x64(dtype == "float64"):
            moved = embeddings.update_centers(*arrays.values(), **case["params"])
        assert_close(moved, case["extra"]["new_M"], dtype, case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_norm_adaptive_cosines(dtype):
    for case, arrays in cases("nac_loss", dtype):
        with jax.enable_x64(dtype == "float64"):
            values = nac_loss(*arrays.values(), **case["params"])
        cosines = 1 - np.sqrt(np.asarray(values, np.float64))
        assert_close(cosines, case["extra"]["cos_na"], dtype, case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_terms_of_pedcc(dtype):
    for case, arrays in cases("pedcc_loss", dtype):
        with jax.enable_x64(dtype == "float64"):
            am = pedcc_loss(*arrays.values(), **case["params"] | {"lam": 0.0})
            mse = pedcc_mse(*arrays.values(), normalize=True)
        assert_close(am.mean(), case["extra"]["am"], dtype, case)
        assert_close(mse.mean(), case["extra"]["mse"], dtype, case)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_terms_of_pod(dtype):
    for case, arrays in cases("pod_loss", dtype):
        params = {k: v for k, v in case["params"].items() if k != "lam"}
        with jax.enable_x64(dtype == "float64"):
            nac = pod_loss(*arrays.values(), lam=0.0, **params).mean()
            both = pod_loss(*arrays.values(), lam=1.0, **params).mean()
            sc = sc_loss(*arrays.values(), divide=params["divide"], via="")
        assert_close(nac, case["extra"]["nac"], dtype, case)
        assert_close(sc, case["extra"]["sc"], dtype, case)
        np.testing.assert_allclose(both, nac + sc, rtol=1e-5)
