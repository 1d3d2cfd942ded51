"""How good a trained network is."""

from adrjax.metrics._accuracy import top_k as top_k
from adrjax.metrics._calibration import (
    expected_calibration_error as expected_calibration_error,
)
