"""`max_pool` equals the maximum of `jax.lax.reduce_window`, with its gradient."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.backbones._max_pool import max_pool

RNG = np.random.default_rng(0)
WINDOWS = {
    "2 x 2": {},
    "3 x 3": {"kernel": 3, "padding": (1, 1)},
    "beyond the end": {"kernel": 3, "padding": (0, 1)},
    "stride 1": {"kernel": 3, "stride": 1, "padding": (1, 1)},
}


def plain(x, *, kernel=2, stride=2, padding=(0, 0)):
    directions = x.ndim - 2
    strides = (stride,) * directions if isinstance(stride, int) else stride
    window, paddings = (kernel,) * directions, [padding] * directions
    return nn.max_pool(x, window, strides, paddings)


def images(*shape):
    """Returns maps whose values are often equal, as zeros are after ReLU."""
    return jnp.asarray(RNG.integers(4, size=shape), jnp.float32)


def value_and_gradient(pool, x, **options):
    weights = jnp.arange(pool(x, **options).size, dtype=jnp.float32) + 1

    def total(x):
        return jnp.sum(pool(x, **options).ravel() * weights)

    return jax.jit(jax.value_and_grad(total))(x)


@pytest.mark.parametrize("options", WINDOWS.values(), ids=WINDOWS)
def test_value_and_gradient_with_equal_values(options):
    x = images(2, 6, 8, 3)
    actual = value_and_gradient(max_pool, x, **options)
    expected = value_and_gradient(plain, x, **options)
    jax.tree.map(np.testing.assert_array_equal, actual, expected)


def test_clips_with_a_stride_of_each_direction():
    x, options = (
        images(1, 3, 6, 6, 2),
        {"kernel": 3, "stride": (1, 2, 2), "padding": (1, 1)},
    )
    actual = value_and_gradient(max_pool, x, **options)
    expected = value_and_gradient(plain, x, **options)
    jax.tree.map(np.testing.assert_array_equal, actual, expected)


def test_forward_mode_and_second_derivatives():
    x = jnp.asarray(RNG.normal(size=(1, 4, 4, 1)), jnp.float32)

    def derivatives(pool):
        def total(x):
            return jnp.sum(pool(x) ** 3)

        return jax.jvp(total, (x,), (x,))[1], jax.hessian(total)(x)

    actual, expected = derivatives(max_pool), derivatives(plain)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), actual, expected
    )


def test_nan_is_not_hidden():
    x = images(1, 4, 4, 1).at[0, 1, 1, 0].set(jnp.nan)
    assert jnp.isnan(max_pool(x)[0, 0, 0, 0])
    value, gradient = jax.value_and_grad(lambda x: jnp.sum(max_pool(x) ** 2))(x)
    assert jnp.isnan(value) and jnp.isnan(gradient[0, :2, :2, 0]).any()


def test_bfloat16_stays_bfloat16():
    x = images(1, 4, 4, 1).astype(jnp.bfloat16)
    gradient = jax.grad(lambda x: max_pool(x).sum().astype(jnp.float32))(x)
    assert max_pool(x).dtype == gradient.dtype == jnp.bfloat16


def test_a_cpu_alone_selects_and_others_scatter():
    traced = jax.jit(jax.grad(lambda x: max_pool(x).sum())).trace(images(1, 4, 4, 1))
    on_cpu, on_gpu = (
        traced.lower(lowering_platforms=(name,)).as_text() for name in ("cpu", "cuda")
    )
    assert "select_and_scatter" not in on_cpu
    assert "select_and_scatter" in on_gpu and "inlineable" not in on_gpu
