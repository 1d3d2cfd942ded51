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


def test_sgd_goes_along_the_gradient():
    np.testing.assert_allclose(path(sgd(0.1)), [-0.1, -0.2, -0.3])


def test_sgd_adds_up_momentum():  # v = 1, 1.5, 1.75
    np.testing.assert_allclose(path(sgd(0.1, momentum=0.5)), [-0.1, -0.25, -0.425])


def test_sgd_looks_ahead_with_nesterov():  # g + v / 2 = 1.5, 1.75, 1.875
    optimizer = sgd(0.1, momentum=0.5, nesterov=True)
    np.testing.assert_allclose(path(optimizer), [-0.15, -0.325, -0.5125])


def test_sgd_puts_weight_decay_into_the_momentum():
    # g = 1 + 0.5 * 2 = 2, then 1 + 0.5 * 1.8 = 1.9 beside half of 2
    optimizer = sgd(0.1, momentum=0.5, weight_decay=0.5)
    np.testing.assert_allclose(path(optimizer, 2, start=2.0), [1.8, 1.8 - 0.29])


def test_sgd_refuses_nesterov_without_momentum():
    with pytest.raises(ValueError, match="momentum is 0; give momentum"):
        sgd(0.1, nesterov=True)


def test_caffe_sgd_keeps_steps_at_the_rate_of_their_time():
    rate = step_decay(1.0, at=[1])
    # Steps of 1, then a tenth of 1 + 1/2; of Caffe's, a tenth beside half of 1.
    np.testing.assert_allclose(path(sgd(rate, momentum=0.5), 2), [-1, -1.15])
    np.testing.assert_allclose(path(caffe_sgd(rate, momentum=0.5), 2), [-1, -1.6])


def test_caffe_sgd_is_sgd_at_a_constant_rate():
    options = {"momentum": 0.9, "weight_decay": 0.1}
    ours, theirs = (path(f(0.1, **options), 20) for f in (caffe_sgd, sgd))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("optimizer", [sgd, caffe_sgd])
def test_only_parameters_of_the_mask_decay(optimizer):
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


@pytest.mark.parametrize("name", ["sgd", "caffe_sgd"])
def test_sgd_without_weight_decay_needs_no_parameters(name):
    optimizer = {"sgd": sgd, "caffe_sgd": caffe_sgd}[name](0.5)
    update, _ = optimizer.update(np.ones(()), optimizer.init(np.ones(())))
    assert update == -0.5


def test_sgd_takes_hyperparameters_that_change():
    @optax.inject_hyperparams
    def optimizer(learning_rate, momentum, weight_decay):
        return sgd(learning_rate, momentum=momentum, weight_decay=weight_decay)

    options = {"momentum": 0.5, "weight_decay": 0.25}
    actual = path(optimizer(0.1, **options), start=2.0)
    np.testing.assert_allclose(actual, path(sgd(0.1, **options), start=2.0), rtol=1e-6)


def test_kernel_mask_is_true_of_kernels_and_class_weights():
    masks = {
        "conv": {"kernel": True, "bias": False},
        "norm": {"scale": False, "bias": False},
        "head": {"weights": True, "centers": False, "log_variance": False},
        "pos_embed": False,
        "cls_token": False,
        "block_0_attn_relative_position_bias_table": False,
        "token_mixing": {"kernel": True},
        "stacked": {"kernel": True, "bias": False, "scale": False},
    }
    axes = {"bias": 1, "scale": 1, "log_variance": 0}
    params = jax.tree_util.tree_map_with_path(
        lambda where, _: np.zeros((2,) * axes.get(where[-1].key, 3)), masks
    )
    params["stacked"] = {name: np.zeros((4, 2, 2)) for name in masks["stacked"]}
    assert kernel_mask(params) == masks
    assert kernel_mask(jax.eval_shape(lambda: params)) == masks


def test_kernel_mask_of_equinox_haiku_and_nnx():
    """By shape: a matrix or filter is "weight", "w" or "kernel", a scale "weight"."""
    matrix, vector = np.zeros((2, 3)), np.zeros(3)
    equinox = {"linear": {"weight": matrix}, "norm": {"weight": vector, "bias": vector}}
    assert kernel_mask(equinox) == {
        "linear": {"weight": True},
        "norm": {"weight": False, "bias": False},
    }
    haiku = {"mlp/~/linear_0": {"w": np.zeros((3, 3, 1, 2)), "b": vector}}
    assert kernel_mask(haiku) == {"mlp/~/linear_0": {"w": True, "b": False}}
    nnx = pytest.importorskip("flax.nnx")
    layer = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    layer.pos_embed = nnx.Param(np.zeros((1, 2, 3)))
    mask = kernel_mask(nnx.state(layer, nnx.Param))
    assert nnx.to_pure_dict(mask) == {"bias": False, "kernel": True, "pos_embed": False}
    partition_by_path(
        {"*kernel": sgd(0.1), "bias": sgd(0.2), "pos_embed": sgd(0.3)}
    ).init(nnx.state(layer, nnx.Param))


def test_partition_by_path_takes_the_first_pattern_that_matches():
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


def test_partition_by_path_refuses_a_pattern_without_a_parameter():
    with pytest.raises(ValueError) as error:
        partition_by_path({"head/centres": sgd(0.5), "*": sgd(0.1)}).init(PARAMS)
    assert str(error.value) == (
        "the pattern 'head/centres' gets no parameter: it matches none, or only some "
        "that an earlier pattern matches. The parameters are backbone/bias, "
        "backbone/kernel, head/centers"
    )
    with pytest.raises(ValueError, match="the pattern 'head/centers' gets no param"):
        partition_by_path({"*": sgd(0.1), "head/centers": sgd(0.5)}).init(PARAMS)


def test_partition_by_path_refuses_a_parameter_without_a_pattern():
    with pytest.raises(ValueError) as error:
        partition_by_path({"head/*": sgd(0.5), "*bias": sgd(1.0)}).init(PARAMS)
    assert str(error.value) == (
        "the parameter 'backbone/kernel' matches none of the patterns 'head/*', "
        "'*bias'; add '*' as the last"
    )
