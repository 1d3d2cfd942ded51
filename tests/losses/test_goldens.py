"""Losses, targets and regularizers against values computed at 50 digits.

float64 in both tiers; float32 in the long one, where programs are those of users.
"""

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, regularizers, targets
from tests.goldens import assert_close, check, dtypes, in_tiers, results


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


DIFFERENCE = {"is_difference": True}
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
}


@dtypes
@pytest.mark.parametrize("name", in_tiers(FUNCTIONS, slow=("gauss_reg",)))
def test_value_and_gradient(name, dtype):
    function, options = FUNCTIONS[name]
    check(name, function, dtype, **options)


def test_value_and_gradient_of_the_density_for_four_and_ten_classes():
    function, options = FUNCTIONS["gauss_reg"]
    check("gauss_reg", function, "float64", classes=(4, 10), **options)


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
