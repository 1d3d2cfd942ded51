"""Every regularizer, alone and beside a loss, against values computed at 50 digits."""

import pytest

from adrjax import losses, regularizers
from tests import goldens
from tests.targets.test_golden import label_smoothing


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


def total(z, y, *, base, base_kw, gamma, reg_kw):
    loss = {
        "ce": losses.cross_entropy,
        "ls": label_smoothing,
        "focal": lambda z, y, *, eta: losses.focal(z, y, gamma=eta),
    }[base]
    return loss(z, y, **base_kw) + gamma * density(z, **reg_kw)


# golden name -> (function of the inputs, whether it is a log-sum-exp less a logit)
FUNCTIONS = {
    "entropy_reg": (regularizers.entropy, True),
    "gauss_reg": (density, False),
    "total": (total, True),
}


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, dtype):
    function, is_difference = FUNCTIONS[name]
    goldens.check(name, function, dtype, is_difference=is_difference)
