"""Chunked cross entropy agrees with cross entropy, in less memory."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins

CLASSES, DIM = 12, 5
rng = np.random.default_rng(0)
X = rng.normal(size=(2, 4, DIM)).astype(np.float32)
W = rng.normal(size=(CLASSES, DIM)).astype(np.float32)
Y = rng.integers(CLASSES, size=(2, 4), dtype=np.int32)

LOGITS = {
    "cosines": lambda x, w, y: 8 * margins.cosines(x, w),
    "cosface": lambda x, w, y: margins.cosface(margins.cosines(x, w), y),
    "arcface": lambda x, w, y: margins.arcface(margins.cosines(x, w), y),
    "circle": lambda x, w, y: margins.circle(margins.cosines(x, w), y, scale=16.0),
    "large_margin": lambda x, w, y: margins.large_margin(x, w, y, margin=3),
    "sphereface": lambda x, w, y: margins.sphereface(x, w, y, lam=5.0),
}


def whole(x, w, y, logits):
    return losses.cross_entropy(logits(x, w, y), y)


def chunked(x, w, y, logits, num_chunks=4):
    return losses.chunked_cross_entropy(x, w, y, logits=logits, num_chunks=num_chunks)


def gradients(f, x, w, y):
    """Returns the gradients of a weighted sum of the values."""
    share = jnp.arange(1.0, 9.0).reshape(2, 4)
    total = jax.grad(lambda x, w: jnp.sum(share * f(x, w, y)), argnums=(0, 1))
    return jax.jit(total)(x, w)


@pytest.mark.parametrize(
    "name, num_chunks",
    [
        *(
            pytest.param(name, 4, marks=[] if name == "arcface" else pytest.mark.long)
            for name in LOGITS
        ),
        ("arcface", 1),
        ("cosines", 12),
    ],
)
def test_value_and_gradients_are_those_of_cross_entropy(name, num_chunks):
    f = functools.partial(chunked, logits=LOGITS[name], num_chunks=num_chunks)
    g = functools.partial(whole, logits=LOGITS[name])
    np.testing.assert_allclose(f(X, W, Y), g(X, W, Y), rtol=1e-5, atol=1e-5)
    for a, b in zip(gradients(f, X, W, Y), gradients(g, X, W, Y), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_large_logits_are_finite():
    f = functools.partial(chunked, logits=lambda x, w, y: 1e4 * margins.cosines(x, w))
    assert np.isfinite(f(X, W, Y)).all()
    for gradient in gradients(f, X, W, Y):
        assert np.isfinite(gradient).all()


def test_dtypes_are_those_of_the_inputs():
    f = functools.partial(chunked, logits=LOGITS["arcface"], y=Y)

    def dtypes(x, w):
        gradients = jax.grad(lambda x, w: f(x, w).sum(), argnums=(0, 1))
        out = jax.eval_shape(lambda x, w: (f(x, w), *gradients(x, w)), x, w)
        return [array.dtype for array in out]

    half = jnp.asarray(X, jnp.bfloat16), jnp.asarray(W, jnp.bfloat16)
    assert dtypes(*half) == [jnp.float32, jnp.bfloat16, jnp.bfloat16]
    with jax.enable_x64(True):
        assert dtypes(X.astype(float), W.astype(float)) == [jnp.float64] * 3


def test_ignored_label_is_nan_and_its_gradient_zero():
    y = np.where(np.arange(8).reshape(2, 4) == 3, -1, Y)
    f = jax.jit(functools.partial(chunked, logits=LOGITS["arcface"]))
    np.testing.assert_array_equal(np.isnan(f(X, W, y)), y < 0)

    def of_valid(x, w, y):
        return jnp.where(y < 0, 0, f(x, w, y))

    of_x, of_w = gradients(of_valid, X, W, jnp.asarray(y))
    assert (np.asarray(of_x)[y < 0] == 0).all() and np.isfinite(of_w).all()


def test_memory_is_that_of_one_chunk_of_logits():
    batch, dim, classes = 64, 16, 4096
    shapes = (batch, dim), (classes, dim), (batch,)
    x, w, y = (
        jax.ShapeDtypeStruct(shape, dtype)
        for shape, dtype in zip(shapes, ("float32", "float32", "int32"), strict=True)
    )

    def mean(x, w, y):
        f = functools.partial(chunked, logits=LOGITS["arcface"], num_chunks=32)
        return jnp.mean(f(x, w, y))

    program = jax.jit(jax.value_and_grad(mean, argnums=(0, 1))).lower(x, w, y)
    temporary = program.compile().memory_analysis().temp_size_in_bytes
    assert temporary < 0.3 * 4 * batch * classes


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match=r"=5 must divide the 12 classes; 6 does"):
        chunked(X, W, Y, LOGITS["arcface"], num_chunks=5)
    with pytest.raises(
        ValueError, match=r"num_chunks must be in 1..12 classes, got 13"
    ):
        chunked(X, W, Y, LOGITS["arcface"], num_chunks=13)
    with pytest.raises(TypeError, match=r"num_chunks must be an integer"):
        chunked(X, W, Y, LOGITS["arcface"], num_chunks=2.0)
    with pytest.raises(ValueError, match=r"labels must lie in 0..11 .* got"):
        chunked(X, W, Y + 12, LOGITS["arcface"])
    with pytest.raises(ValueError, match=r"weights must be \[num_classes, 5\]"):
        chunked(X, W[:, :4], Y, LOGITS["arcface"])
