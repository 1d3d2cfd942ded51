import numpy as np
import pytest

from adrjax import margins
from tests import battery
from tests.battery import CLASSES, LABELS

C = np.tanh(battery.logits())
OWN = np.eye(CLASSES, dtype=bool)[LABELS]


@pytest.mark.parametrize("margin", [0.0, 0.35, np.pi])
@pytest.mark.parametrize("scale", [0.0, 1.0, 64.0])
def test_the_margin_is_taken_off_the_label_alone(margin, scale):
    logits = margins.cosface(C, LABELS, margin=margin, scale=scale)
    np.testing.assert_allclose(logits[~OWN], scale * C[~OWN], rtol=1e-6)
    np.testing.assert_allclose(logits[OWN], scale * (C[OWN] - margin), rtol=1e-5)


def test_the_defaults_are_those_of_the_papers():
    expected = margins.cosface(C, LABELS, margin=0.35, scale=64.0)
    np.testing.assert_array_equal(margins.cosface(C, LABELS), expected)


@pytest.mark.parametrize("cosine", [-1.0, 0.3, 1.0])
def test_the_derivative_is_the_scale_at_any_angle(cosine):
    slope = battery.gradient(
        lambda c: margins.cosface(c, LABELS, scale=30.0), np.full_like(C, cosine)
    )
    np.testing.assert_array_equal(slope, 30)


@pytest.mark.parametrize("name", ["margin", "scale"])
def test_no_setting_is_negative(name):
    with pytest.raises(ValueError, match=rf"{name} must be at least 0, got -0\.1"):
        margins.cosface(C, LABELS, **{name: -0.1})
