"""Every metric against values computed at 50 digits."""

import jax
import numpy as np
import pytest

from adrjax import metrics
from tests import goldens


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_expected_calibration_error(dtype):
    for case in goldens.load("ece"):
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
        assert goldens.error(value, case["value"]) <= tolerance, case["id"]
