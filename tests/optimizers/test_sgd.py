"""Stochastic gradient descent, by hand."""

import jax
import numpy as np
import optax
import pytest

from adrjax.optimizers import caffe_sgd, kernel_mask, partition_by_path, sgd, step_decay
from tests.optimizers.problem import PARAMS, train


def path(optimizer, steps=3, start=0.0):
    """Returns where the gradient 1 leads a number."""
    return train(optimizer, steps, np.ones(()), np.asarray(start))


def test_without_options_it_goes_along_the_gradient():
    np.testing.assert_allclose(path(sgd(0.1)), [-0.1, -0.2, -0.3])


def test_momentum_adds_up():  # v = 1, 1.5, 1.75
    np.testing.assert_allclose(path(sgd(0.1, momentum=0.5)), [-0.1, -0.25, -0.425])


def test_nesterov_looks_ahead():  # g + v / 2 = 1.5, 1.75, 1.875
    optimizer = sgd(0.1, momentum=0.5, nesterov=True)
    np.testing.assert_allclose(path(optimizer), [-0.15, -0.325, -0.5125])


def test_weight_decay_goes_through_the_momentum():
    # g = 1 + 0.5 * 2 = 2, then 1 + 0.5 * 1.8 = 1.9 beside half of 2
    optimizer = sgd(0.1, momentum=0.5, weight_decay=0.5)
    np.testing.assert_allclose(path(optimizer, 2, start=2.0), [1.8, 1.8 - 0.29])


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="momentum is 0; give momentum"):
        sgd(0.1, nesterov=True)


def test_caffe_keeps_the_steps_of_the_rate_they_were_made_at():
    rate = step_decay(1.0, at=[1])
    # Steps of 1, then a tenth of 1 + 1/2; of Caffe's, a tenth beside half of 1.
    np.testing.assert_allclose(path(sgd(rate, momentum=0.5), 2), [-1, -1.15])
    np.testing.assert_allclose(path(caffe_sgd(rate, momentum=0.5), 2), [-1, -1.6])


def test_at_a_constant_rate_caffe_is_torch():
    options = {"momentum": 0.9, "weight_decay": 0.1}
    ours, theirs = (path(f(0.1, **options), 20) for f in (caffe_sgd, sgd))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("optimizer", [sgd, caffe_sgd])
def test_only_what_the_mask_names_decays(optimizer):
    zeros = jax.tree.map(np.zeros_like, PARAMS)
    after = train(
        optimizer(0.1, weight_decay=1.0, weight_decay_mask=kernel_mask), 1, zeros
    )
    expected = {
        "backbone": {
            "kernel": 0.9 * PARAMS["backbone"]["kernel"],
            "bias": PARAMS["backbone"]["bias"],
        },
        "head": PARAMS["head"],
    }
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a[0], b, rtol=1e-6), after, expected
    )


def test_kernels_and_class_weights_decay_and_nothing_else():
    names = {
        "conv": {"kernel": True, "bias": False},
        "norm": {"scale": False, "bias": False},
        "head": {"weights": True, "centers": False, "log_variance": False},
        "pos_embed": False,
        "cls_token": False,
        "block_0_attn_relative_position_bias_table": False,
    }
    params = jax.tree.map(lambda _: np.zeros((2, 2)), names)
    assert kernel_mask(params) == names


def test_the_first_pattern_that_fits_counts():
    optimizer = partition_by_path(
        {
            "head/centers": sgd(0.5),
            "*bias": optax.set_to_zero(),
            "*": sgd(0.1, weight_decay=1.0, weight_decay_mask=kernel_mask),
        }
    )
    after = train(optimizer, 1, jax.tree.map(np.ones_like, PARAMS))
    backbone, head = PARAMS["backbone"], PARAMS["head"]
    np.testing.assert_allclose(after["head"]["centers"][0], head["centers"] - 0.5)
    np.testing.assert_array_equal(after["backbone"]["bias"][0], backbone["bias"])
    np.testing.assert_allclose(
        after["backbone"]["kernel"][0], 0.9 * backbone["kernel"] - 0.1
    )


def test_a_pattern_without_a_parameter_is_refused():
    with pytest.raises(ValueError) as error:
        partition_by_path({"head/centres": sgd(0.5), "*": sgd(0.1)}).init(PARAMS)
    assert str(error.value) == (
        "the pattern 'head/centres' gets no parameter: none fits it, or those that do "
        "fit one before it. The parameters are backbone/bias, backbone/kernel, "
        "head/centers"
    )
    with pytest.raises(ValueError, match="the pattern 'head/centers' gets no param"):
        partition_by_path({"*": sgd(0.1), "head/centers": sgd(0.5)}).init(PARAMS)


def test_a_parameter_without_a_pattern_is_refused():
    with pytest.raises(ValueError) as error:
        partition_by_path({"head/*": sgd(0.5), "*bias": sgd(1.0)}).init(PARAMS)
    assert str(error.value) == (
        "the parameter 'backbone/kernel' fits none of the patterns 'head/*', '*bias'; "
        "add '*' as the last"
    )
