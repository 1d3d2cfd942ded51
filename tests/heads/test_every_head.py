"""Inputs of all heads: any leading shape, any precision, clear errors."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import heads
from tests.factors import factor_dtypes

FEATURES = np.random.default_rng(0).normal(size=(2, 3, 8)).astype(np.float32)
CENTROIDS = np.eye(8, dtype=np.float32)[:4]
HEADS = {
    "Linear": heads.Linear(4),
    "Cosine": heads.Cosine(4),
    "Fixed": heads.Fixed(CENTROIDS),
    "Projection": heads.Projection(4),
    "Centers": heads.Centers(4, 8),
}
every_head = pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)


def outputs_of(head, features):
    return jax.eval_shape(head.init_with_output, jax.random.key(0), features)[0]


@every_head
def test_head_returns_the_features_and_float32_logits(head):
    for dtype in (jnp.float32, jnp.bfloat16):
        features = jnp.asarray(FEATURES, dtype)
        outputs = outputs_of(head, features)
        assert outputs.features.dtype == dtype
        assert outputs.features.shape == features.shape
        assert outputs.logits.dtype == jnp.float32
        assert outputs.logits.shape == (2, 3, 4)


@every_head
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_products_of_a_head_have_factors_in_its_dtype(head, dtype):
    head = heads.with_dtype(head, dtype)
    variables = jax.eval_shape(head.init, jax.random.key(0), FEATURES)
    assert factor_dtypes(head.apply, variables, FEATURES) == {jnp.dtype(dtype).name}
    logits = jax.eval_shape(head.apply, variables, FEATURES).logits
    parameters = {x.dtype for x in jax.tree.leaves(variables)}
    assert {logits.dtype} | parameters == {jnp.dtype("float32")}


@every_head
def test_head_takes_a_list_and_an_empty_batch(head):
    # The list is closed over: eval_shape would make arrays of its numbers.
    init = functools.partial(head.init_with_output, features=FEATURES.tolist())
    assert jax.eval_shape(init, jax.random.key(0))[0].logits.shape == (2, 3, 4)
    assert outputs_of(head, np.zeros((0, 8), np.float32)).logits.shape == (0, 4)


@every_head
@pytest.mark.parametrize(
    "features, error, message",
    [
        (np.zeros((2, 8), np.int32), TypeError, "must be floating, got int32"),
        (np.float32(0), ValueError, r"\[\.\.\., num_features\].*, got shape \(\)"),
        (np.zeros((2, 0)), ValueError, r"num_features >= 1, got shape \(2, 0\)"),
    ],
)
def test_features_of_another_kind_are_an_error(head, features, error, message):
    if isinstance(head, heads.Centers) and message.startswith("num_features"):
        message = r"got shape \(2, 0\)"
    with pytest.raises(error, match=message):
        outputs_of(head, features)


@pytest.mark.parametrize("head", [heads.Linear, heads.Cosine, heads.Projection])
def test_num_classes_that_is_not_a_count_is_an_error(head):
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        outputs_of(head(0), FEATURES)
    with pytest.raises(TypeError, match=r"num_classes must be .*, got 2\.5"):
        outputs_of(head(2.5), FEATURES)


@every_head
def test_head_hides_no_nan(head):
    features = jnp.asarray(FEATURES).at[0, 0, 0].set(jnp.nan)
    outputs, _ = head.init_with_output(jax.random.key(0), features)
    assert jnp.isnan(outputs.logits[0, 0]).all()
    assert jnp.isfinite(outputs.logits[1]).all()
