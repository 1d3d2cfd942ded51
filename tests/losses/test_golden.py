"""Every loss against values computed at 50 digits. The next loss is one line."""

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses
from tests import goldens


def gradient_rescaling(z, y, *, beta, lam, g):
    g = {"exp": jnp.exp, "identity": lambda x: x}[g]
    return losses.gradient_rescaling(z, y, beta=beta, lam=lam, g=g)


def symmetric_cross_entropy(z, y, *, alpha, beta, A):
    return losses.symmetric_cross_entropy(z, y, alpha=alpha, beta=beta, log_zero=A)


def truncated(z, y, *, q, k):
    return losses.truncated_generalized_cross_entropy(z, y, q=q, threshold=k)


def backward_correction(z, y, inverse):
    transition = np.linalg.inv(np.asarray(inverse, np.float64))
    return losses.backward_correction(z, y, transition=transition)


def online_label_smoothing(z, y, soft_labels, *, weight):
    loss = losses.online_label_smoothing(z.shape[-1], alpha=weight)
    return loss.apply(loss.init()._replace(soft_labels=soft_labels), z, y)[0]


# golden name -> (function of the inputs, whether it is a log-sum-exp less a logit)
FUNCTIONS = {
    "cross_entropy": (losses.cross_entropy, True),
    "soft_cross_entropy": (losses.cross_entropy, True),
    "focal": (lambda z, y, *, eta: losses.focal(z, y, gamma=eta), False),
    "mae": (losses.mean_absolute_error, False),
    "gce": (losses.generalized_cross_entropy, False),
    "gr": (gradient_rescaling, True),
    "gce_trunc": (truncated, False),
    "symmetric_ce": (symmetric_cross_entropy, False),
    "complement_entropy": (losses.complement_entropy, False),
    "forward_correction": (
        lambda z, y, T: losses.forward_correction(z, y, transition=T),
        True,
    ),
    "backward_correction": (backward_correction, True),
    "ols": (online_label_smoothing, True),
}


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, dtype):
    function, is_difference = FUNCTIONS[name]
    goldens.check(name, function, dtype, is_difference=is_difference)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_next_state_of_online_label_smoothing(dtype):
    def following(z, y, _, weight):
        loss = losses.online_label_smoothing(z.shape[-1])
        _, state = loss.apply(loss.init(), z, y)
        return state.sums, state.counts, loss.end_epoch(state).soft_labels

    tolerance = 1e-9 if dtype == "float64" else 1e-5
    for case, output in goldens.results("ols", dtype, following):
        sums, counts, soft_labels = output
        assert goldens.error(sums, case["extra"]["acc"]) <= tolerance
        np.testing.assert_array_equal(counts, case["extra"]["cnt"])
        assert goldens.error(soft_labels, case["extra"]["next_S"]) <= tolerance
