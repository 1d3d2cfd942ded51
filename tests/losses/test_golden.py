"""Every loss against values computed at 50 digits. The next loss is one line."""

import jax.numpy as jnp
import pytest

from adrjax import losses
from tests import goldens


def gradient_rescaling(z, y, *, beta, lam, g):
    g = {"exp": jnp.exp, "identity": lambda x: x}[g]
    return losses.gradient_rescaling(z, y, beta=beta, lam=lam, g=g)


# golden name -> (function of the inputs, whether it is a log-sum-exp less a logit)
FUNCTIONS = {
    "cross_entropy": (losses.cross_entropy, True),
    "soft_cross_entropy": (losses.cross_entropy, True),
    "focal": (lambda z, y, *, eta: losses.focal(z, y, gamma=eta), False),
    "mae": (losses.mean_absolute_error, False),
    "gce": (losses.generalized_cross_entropy, False),
    "gr": (gradient_rescaling, True),
}


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, dtype):
    function, is_difference = FUNCTIONS[name]
    goldens.check(name, function, dtype, is_difference=is_difference)
