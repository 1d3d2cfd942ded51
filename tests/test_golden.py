"""Every function against values computed at 50 digits, in float32 and in float64.

golden/README.md says where the values are from. The next function is one line of
`FUNCTIONS` and one file.
"""

import gzip
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, metrics, regularizers, targets

FOLDER = pathlib.Path(__file__).parent / "golden"


def smoothed_cross_entropy(z, y, *, eps):
    return losses.cross_entropy(
        z, targets.smooth_labels(y, num_classes=z.shape[-1], alpha=eps)
    )


def gradient_rescaling(z, y, *, beta, lam, g):
    g = {"exp": jnp.exp, "identity": lambda x: x}[g]
    return losses.gradient_rescaling(z, y, beta=beta, lam=lam, g=g)


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
        "ls": smoothed_cross_entropy,
        "focal": lambda z, y, *, eta: losses.focal(z, y, gamma=eta),
    }[base]
    return loss(z, y, **base_kw) + gamma * density(z, **reg_kw)


# golden name -> (function of the inputs, whether it is a log-sum-exp less a logit)
FUNCTIONS = {
    "cross_entropy": (losses.cross_entropy, True),
    "label_smoothing": (smoothed_cross_entropy, True),
    "soft_cross_entropy": (losses.cross_entropy, True),
    "focal": (lambda z, y, *, eta: losses.focal(z, y, gamma=eta), False),
    "mae": (losses.mean_absolute_error, False),
    "gce": (losses.generalized_cross_entropy, False),
    "gr": (gradient_rescaling, True),
    "entropy_reg": (regularizers.entropy, True),
    "gauss_reg": (density, False),
    "total": (total, True),
}


def load(name):
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def error(actual, expected):
    """The max-norm error over the max norm, floored at 1e-6."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    return np.abs(actual - expected).max() / max(np.abs(expected).max(), 1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, dtype):
    function, is_difference = FUNCTIONS[name]
    for case in load(name):
        arrays = {
            k: np.asarray(v, int if k == "y" else dtype)
            for k, v in case["inputs"].items()
        }
        wanted = tuple(i for i, k in enumerate(arrays) if k in case["grads"])

        def mean(*inputs, params=case["params"]):
            values = function(*inputs, **params)
            return jnp.mean(values), values

        with jax.enable_x64(dtype == "float64"):
            gradient = jax.value_and_grad(mean, argnums=wanted, has_aux=True)
            (value, values), gradients = gradient(*arrays.values())

        tolerance = np.array([1e-9, 1e-9])
        rounding = np.zeros(2)
        if dtype == "float32":
            tolerance = np.maximum(1e-5, 20 * np.array(case["err"]["float32"]))
            if is_difference:
                largest = np.abs(arrays["z"]).max()
                rounding = 2.0**-22 * np.array([max(1, largest), 1])

        def close(actual, expected, part, case=case, t=tolerance, r=rounding):
            floor = max(np.abs(np.asarray(expected)).max(), 1e-6)
            assert error(actual, expected) <= t[part] + r[part] / floor, case["id"]

        close(value, case["value"], 0)
        close(values, case["per"], 0)
        for i, actual in zip(wanted, gradients, strict=True):
            assert actual.dtype == dtype
            close(actual, case["grads"][list(arrays)[i]], 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_expected_calibration_error(dtype):
    for case in load("ece"):
        confidence = np.asarray(case["inputs"]["conf"], dtype)
        right = np.asarray(case["inputs"]["correct"], bool)
        # Confidence on class 0, the rest on so many others that none has more of it.
        others = 200
        rest = np.repeat((1 - confidence[:, None]) / others, others, axis=1)
        probs = np.concatenate([confidence[:, None], rest], axis=1)
        labels = np.where(right, 0, 1)
        with jax.enable_x64(dtype == "float64"):
            value = metrics.expected_calibration_error(
                probs.astype(dtype), labels, **case["params"]
            )
        tolerance = 1e-9 if dtype == "float64" else 1e-5
        assert error(value, case["value"]) <= tolerance, case["id"]
