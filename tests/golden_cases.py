"""The golden cases one by one, for what `goldens.check` does not look at."""

import numpy as np

from tests import goldens

VALUE, GRADIENT = 0, 1


def cases(name, dtype):
    """Returns pairs of a case and its inputs by name, floats in `dtype`."""
    for case in goldens.load(name):
        arrays = {k: np.asarray(v) for k, v in case["inputs"].items()}
        yield (
            case,
            {k: a.astype(dtype) if a.dtype == float else a for k, a in arrays.items()},
        )


def assert_close(actual, expected, dtype, case, part=VALUE):
    """Checks one array at the tolerance of the case's value or of its gradient."""
    tolerance = 1e-9
    if dtype == "float32":
        own = case["err"]["float32"][part] if "err" in case else 0
        tolerance = max(1e-5, 20 * own)
    assert goldens.error(actual, expected) <= tolerance, case["id"]
