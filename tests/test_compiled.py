"""What XLA makes of the losses: few arrays, no sort, and no logits sent to others."""

import functools
import re

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec as P
import pytest

from adrjax import _softmax, _top_k, losses, regularizers
from tests.compilation import AS_FOR_USERS

BATCH, CLASSES = 64, 4096
SHARDED = (8 * BATCH, CLASSES)


def with_cross_entropy(regularizer):
    return lambda z, y: losses.cross_entropy(z, y) + 0.1 * regularizer(z)


FUNCTIONS = {
    "cross_entropy": losses.cross_entropy,
    "focal": losses.focal,
    "mean_absolute_error": losses.mean_absolute_error,
    "generalized_cross_entropy": losses.generalized_cross_entropy,
    "gradient_rescaling": losses.gradient_rescaling,
    "symmetric_cross_entropy": losses.symmetric_cross_entropy,
    "with entropy": with_cross_entropy(regularizers.entropy),
    "with adr": with_cross_entropy(functools.partial(regularizers.adr, tau=5)),
    "with gsc": with_cross_entropy(functools.partial(regularizers.gsc, top_c=5)),
}


def abstract(shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32), jax.ShapeDtypeStruct(
        shape[:1], jnp.int32
    )


def operations(text, name):
    """Returns the calls of an operation, not what reads its result."""
    return re.findall(rf"= .*\b{name}\(", text)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient_need_a_few_numbers_a_row_and_sort_no_row(name):
    def mean(z, y):
        return jnp.mean(FUNCTIONS[name](z, y))

    program = jax.jit(jax.value_and_grad(mean)).lower(*abstract((BATCH, CLASSES)))
    compiled = program.compile(AS_FOR_USERS)
    of_logits = 4 * BATCH * CLASSES
    assert compiled.memory_analysis().temp_size_in_bytes < 0.3 * of_logits
    assert not operations(compiled.as_text(), rf"\[\d+,{CLASSES}\]\S* sort")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_devices_send_each_other_one_number(name):
    mesh = jax.make_mesh((8,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,))

    def mean(z, y):
        return jax.lax.pmean(jnp.mean(FUNCTIONS[name](z, y)), "batch")

    step = jax.shard_map(
        jax.value_and_grad(mean),
        mesh=mesh,
        in_specs=(P("batch"), P("batch")),
        out_specs=(P(), P("batch")),
    )
    text = jax.jit(step).lower(*abstract(SHARDED)).compile(AS_FOR_USERS).as_text()
    assert len(operations(text, "all-reduce")) == 1
    for other in ("all-gather", "all-to-all", "collective-permute"):
        assert not operations(text, other)


@pytest.mark.parametrize("split", [P("batch"), P(None, "batch")])
def test_the_reductions_of_a_gpu_send_no_row_under_automatic_sharding(split):
    """`lax.top_k` sends every row to every device; a GPU has these in its place."""
    mesh = jax.make_mesh((8,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,))
    sharding = jax.sharding.NamedSharding(mesh, split)

    def statistics(z):
        return _top_k._by_merging(z, 5), _softmax._sums_online(z)

    z = jax.ShapeDtypeStruct((64, 128), jnp.float32, sharding=sharding)
    text = jax.jit(statistics).lower(z).compile(AS_FOR_USERS).as_text()
    assert not operations(text, r"\[64,128\]\S* all-gather")
    assert not operations(text, "all-to-all")
