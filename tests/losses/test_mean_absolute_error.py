"""Mean absolute error."""

import jax
import numpy as np

from adrjax.losses import mean_absolute_error

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def test_is_the_sum_of_absolute_errors_over_the_classes():
    errors = np.abs(jax.nn.softmax(Z) - np.eye(5)[LABELS])
    np.testing.assert_allclose(
        mean_absolute_error(Z, LABELS), errors.sum(-1), rtol=1e-5
    )
