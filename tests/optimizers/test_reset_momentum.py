"""Reset of the momentum at given steps, as in POD's code."""

import jax
import numpy as np
import pytest

from adrjax.optimizers import (
    caffe_sgd,
    partition_by_path,
    reset_momentum,
    sgd,
    step_decay,
)
from tests.optimizers.problem import PARAMS, train


def test_reset_momentum_is_a_new_optimizer_at_the_rate_of_the_schedule():
    options = {"momentum": 0.9, "weight_decay": 1e-2, "nesterov": True}
    optimizer = reset_momentum(sgd(step_decay(0.1, at=[4, 7]), **options), at=[4, 7])
    one = np.ones(())
    path = train(optimizer, 10, one, one)

    start, parts = one, []
    for rate, steps in ((0.1, 4), (0.01, 3), (0.001, 3)):
        parts.append(train(sgd(rate, **options), steps, one, start))
        start = parts[-1][-1]
    np.testing.assert_allclose(path, np.concatenate(parts), rtol=1e-9)


def test_reset_momentum_resets_every_group():
    groups = partition_by_path({"head/*": sgd(1.0, momentum=0.5), "*": sgd(1.0)})
    ones = jax.tree.map(np.ones_like, PARAMS)
    path = train(reset_momentum(groups, at=[2]), 3, ones)
    steps = -np.diff(path["head"]["centers"][:, 0, 0])
    np.testing.assert_allclose(steps, [1.5, 1.0])


def test_reset_momentum_resets_the_steps_of_caffe_sgd():
    optimizer = reset_momentum(caffe_sgd(1.0, momentum=0.5), at=[2])
    path = train(optimizer, 4, np.ones(()), np.zeros(()))
    np.testing.assert_allclose(path, [-1.0, -2.5, -3.5, -5.0])


def test_reset_momentum_refuses_an_optimizer_without_momentum():
    with pytest.raises(ValueError, match="give sgd a momentum, or leave this out"):
        reset_momentum(sgd(0.1), at=[3]).init(PARAMS)
