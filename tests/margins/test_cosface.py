"""CosFace: logits, defaults, errors."""

import jax
import numpy as np
import pytest

from adrjax import margins

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
COSINES = np.tanh(np.random.default_rng(0).normal(size=(6, 5))).astype(np.float32)
IS_LABEL = np.eye(5, dtype=bool)[LABELS]


@pytest.mark.parametrize("margin", [0.0, 0.35, np.pi])
@pytest.mark.parametrize("scale", [0.0, 1.0, 64.0])
def test_cosface_subtracts_the_margin_from_the_label_only(margin, scale):
    logits = margins.cosface(COSINES, LABELS, margin=margin, scale=scale)
    np.testing.assert_allclose(logits[~IS_LABEL], scale * COSINES[~IS_LABEL], rtol=1e-6)
    of_label = scale * (COSINES[IS_LABEL] - margin)
    np.testing.assert_allclose(logits[IS_LABEL], of_label, rtol=1e-5)


def test_cosface_defaults_to_the_margin_and_scale_of_the_paper():
    expected = margins.cosface(COSINES, LABELS, margin=0.35, scale=64.0)
    np.testing.assert_array_equal(margins.cosface(COSINES, LABELS), expected)


def test_cosface_has_the_derivative_of_the_scale_at_any_angle():
    cosines = np.linspace(-1, 1, 30, dtype=np.float32).reshape(6, 5)
    slope = jax.grad(lambda c: margins.cosface(c, LABELS, scale=30.0).sum())(cosines)
    np.testing.assert_array_equal(slope, 30)


@pytest.mark.parametrize("name", ["margin", "scale"])
def test_cosface_settings_must_not_be_negative(name):
    with pytest.raises(ValueError, match=rf"{name} must be at least 0, got -0\.1"):
        margins.cosface(COSINES, LABELS, **{name: -0.1})
