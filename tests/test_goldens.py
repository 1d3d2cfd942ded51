"""Every function against values computed at 50 digits.

float64 in both tiers; float32 in the long one, where programs are those of users.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings, losses, margins, regularizers, targets
from adrjax.embeddings._circle import of_similarities
from adrjax.margins._psi import psi
from tests import goldens
from tests.goldens import GRADIENT, assert_close, check, results

dtypes = pytest.mark.parametrize(
    "dtype", ["float64", pytest.param("float32", marks=pytest.mark.long)]
)


def gradient_rescaling(z, y, *, g, **k):
    g = {"exp": jnp.exp, "identity": lambda x: x}[g]
    return losses.gradient_rescaling(z, y, g=g, **k)


def backward_correction(z, y, inverse):
    return losses.backward_correction(z, y, transition=jnp.linalg.inv(inverse))


def online_label_smoothing(z, y, soft_labels, *, weight):
    loss = losses.online_label_smoothing(z.shape[-1], alpha=weight)
    return loss.apply(loss.init()._replace(soft_labels=soft_labels), z, y)[0]


def label_smoothing(z, y, *, eps):
    smooth = targets.smooth_labels(y, num_classes=z.shape[-1], alpha=eps)
    return losses.cross_entropy(z, smooth)


def bootstrap_soft(z, y, **params):
    return losses.cross_entropy(z, targets.bootstrap_soft(z, y, **params))


def bootstrap_hard(z, y, *, beta):
    return losses.cross_entropy(z, targets.bootstrap_hard(z, y, beta=beta))


def density(z, *, form, tau=2, **params):
    options = {"threshold": params.get("thr"), "stop_uncertainty": "phi_grad" in params}
    if form == "gsc":
        options["normalize"] = params.get("log_base_c", True)
        options["mean"] = params.get("mu", 0.0)
        return regularizers.gsc(z, top_c=tau, **options)
    options["scope"] = params.get("scope", "sample")
    options["uncertainty"] = params.get("phi", "entropy")
    options["statistic"] = params.get("norm", "l2")
    return regularizers.adr(z, tau=tau, form=form, **options)


def loss_and_regularizer(z, y, *, base, base_kw, gamma, reg_kw):
    loss = {
        "ce": losses.cross_entropy,
        "ls": label_smoothing,
        "focal": lambda z, y, *, eta: losses.focal(z, y, gamma=eta),
    }[base]
    return loss(z, y, **base_kw) + gamma * density(z, **reg_kw)


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


def exact_cross_entropy(z, y):
    """Softmax cross entropy with all digits, however close to 0 it is."""
    is_label = jnp.arange(z.shape[-1]) == y
    others = jax.nn.logsumexp(jnp.where(is_label, -jnp.inf, z))
    return jax.nn.softplus(others - jnp.sum(jnp.where(is_label, z, 0)))


DIFFERENCE = {"is_difference": True}
COUPLED = {"coupled": True}
EXTRA = {"has_extra": True}
# golden name -> (function of the inputs, options of `check`)
FUNCTIONS = {
    "cross_entropy": (losses.cross_entropy, DIFFERENCE),
    "soft_cross_entropy": (losses.cross_entropy, DIFFERENCE),
    "focal": (lambda z, y, *, eta: losses.focal(z, y, gamma=eta), {}),
    "mae": (losses.mean_absolute_error, {}),
    "gce": (losses.generalized_cross_entropy, {}),
    "gce_trunc": (
        lambda z, y, *, q, k: losses.truncated_generalized_cross_entropy(
            z, y, q=q, threshold=k
        ),
        {},
    ),
    "gr": (gradient_rescaling, DIFFERENCE),
    "symmetric_ce": (
        lambda z, y, *, A, **k: losses.symmetric_cross_entropy(z, y, log_zero=A, **k),
        {},
    ),
    "complement_entropy": (losses.complement_entropy, {}),
    "forward_correction": (
        lambda z, y, T: losses.forward_correction(z, y, transition=T),
        DIFFERENCE,
    ),
    "backward_correction": (backward_correction, DIFFERENCE),
    "ols": (online_label_smoothing, DIFFERENCE),
    "label_smoothing": (label_smoothing, DIFFERENCE),
    "bootstrap_soft": (bootstrap_soft, DIFFERENCE),
    "bootstrap_hard": (bootstrap_hard, DIFFERENCE),
    "entropy_reg": (regularizers.entropy, DIFFERENCE),
    "gauss_reg": (density, {"coupled": lambda scope="sample", **_: scope == "batch"}),
    "total": (loss_and_regularizer, DIFFERENCE),
    "pedcc_mse": (embeddings.pedcc_mse, {}),
    "pedcc_loss": (pedcc_loss, COUPLED),
    "cosine_loss": (embeddings.cosine, {}),
    "nac_loss": (nac_and_cosine, EXTRA),
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
LOGITS = {
    "margin_softmax": margin_logits,
    "margin_softmax_xw": margin_logits_of_features,
    "lsoftmax": large_margin_logits,
    "asoftmax": sphereface_logits,
}


@dtypes
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, dtype):
    function, options = FUNCTIONS[name]
    check(name, function, dtype, **options)


@dtypes
@pytest.mark.parametrize("name", LOGITS)
def test_value_and_gradient_of_a_margin(name, dtype):
    def loss(*inputs, **params):
        logits, y = LOGITS[name](*inputs, **params), inputs[-1]
        own = jnp.sum(jnp.where(jnp.arange(len(logits)) == y, logits, 0))
        extra = {} if name == "margin_softmax_xw" else {"target_logit": own}
        return exact_cross_entropy(logits, y), extra

    check(name, loss, dtype, has_extra=True)


@dtypes
def test_next_state_of_online_label_smoothing(dtype):
    def following(z, y, _, weight):
        loss = losses.online_label_smoothing(z.shape[-1])
        _, state = loss.apply(loss.init(), z, y)
        return state.sums, state.counts, loss.end_epoch(state).soft_labels

    for case, [(sums, counts, soft_labels)] in results(
        "ols", dtype, following, coupled=True
    ):
        assert_close(sums, case["extra"]["acc"], dtype, case)
        np.testing.assert_array_equal(counts, case["extra"]["cnt"])
        assert_close(soft_labels, case["extra"]["next_S"], dtype, case)


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
