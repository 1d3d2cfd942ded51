"""Dtypes of margins and embeddings: those of features and cosines decide."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings, margins

ROWS = CLASSES = DIM = 4
X, OTHERS, CENTERS = np.random.default_rng(0).normal(size=(3, ROWS, DIM)).astype("f4")
LABELS = np.arange(ROWS, dtype=np.int32) % 3


def of_cosines(margin, /, **numbers):
    return lambda x, y, **k: margin(x, y, **k), numbers


def of_weights(margin, /, **numbers):
    return lambda x, y, **k: margin(x, CENTERS, y, **k), numbers


def of_centers(loss, /, **numbers):
    return lambda x, y, **k: loss(x, y, CENTERS, **k), numbers


def of_views(loss, /, **numbers):
    return lambda x, y, **k: loss(x, OTHERS, **k), numbers


def of_state(loss, /, *arguments, **numbers):
    def second_epoch(x, y, **k):
        made = loss(*arguments, **k)
        state = made.end_epoch(made.apply(made.init(), x, y)[1])
        return made.apply(state, x, y)[0]

    return second_epoch, numbers


partial = functools.partial
CASES = {  # name -> (a function of features or cosines, its numbers)
    "cosface": of_cosines(margins.cosface, margin=0.3, scale=4.0),
    "arcface": of_cosines(margins.arcface, margin=0.3, scale=4.0),
    "combined_margin": of_cosines(
        margins.combined_margin, m1=0.9, m2=0.3, m3=0.1, scale=4.0
    ),
    "margins.circle": of_cosines(margins.circle, margin=0.3, scale=4.0),
    "cosines": (lambda x, y: margins.cosines(x, CENTERS), {}),
    "large_margin": of_weights(margins.large_margin, lam=0.5),
    "sphereface": of_weights(margins.sphereface, lam=0.5),
    "center": of_centers(embeddings.center),
    "update_centers": of_centers(embeddings.update_centers, alpha=0.3),
    "running_center": of_state(embeddings.running_center, CLASSES, DIM, alpha=0.3),
    "cosine": of_centers(embeddings.cosine),
    "norm_adaptive_cosine": of_centers(embeddings.norm_adaptive_cosine, delta=0.3),
    "norm_adaptive_cosine, hypot": of_centers(
        partial(embeddings.norm_adaptive_cosine, hypot=True), delta=0.3
    ),
    "nac": of_state(
        partial(embeddings.nac, norm_of="logits"),
        CENTERS,
        alpha=0.1,
        initial_delta=0.2,
    ),
    "pod": of_state(embeddings.pod, CENTERS, alpha=0.1, initial_delta=0.2, lam=0.3),
    "self_correlation": of_centers(embeddings.self_correlation),
    "pedcc_mse": of_centers(embeddings.pedcc_mse),
    "pedcc": of_centers(embeddings.pedcc, margin=0.3, scale=4.0, lam=0.5, n=2.0),
    "include_exclude": of_centers(embeddings.include_exclude, alpha=0.3),
    "include_exclude of a variance": of_centers(
        partial(embeddings.include_exclude, num_nearest=2), alpha=0.3, variance=0.7
    ),
    "embeddings.circle": (
        lambda x, y, **k: embeddings.circle(x, y, **k),
        {"margin": 0.3, "scale": 4.0},
    ),
    "barlow_twins": of_views(embeddings.barlow_twins, lam=0.1),
    "vicreg": of_views(embeddings.vicreg, lam=1.0, mu=2.0, nu=3.0, gamma=1.0, eps=0.1),
    "contrastive": (
        lambda x, y, **k: embeddings.contrastive(x, OTHERS, y == 0, **k),
        {"margin": 3.0},
    ),
    "triplet": (
        lambda x, y, **k: embeddings.triplet(x, OTHERS, CENTERS, **k),
        {"margin": 3.0},
    ),
    "feature_incay": (
        lambda x, y, **k: embeddings.feature_incay(x, y, OTHERS, **k),
        {"eps": 0.1},
    ),
    "orthogonality": (lambda x, y: embeddings.orthogonality(x), {}),
}


def shapes(f, dtype, integers, numbers):
    """Returns the shapes of gradient and values, for numbers traced and known."""

    def total(x, y, numbers):
        values = f(x, y, **numbers)
        return values.sum(), values

    gradient = jax.grad(total, has_aux=True)
    x = jax.ShapeDtypeStruct(X.shape, dtype)
    y = jnp.asarray(LABELS, integers)
    traced = {key: jnp.asarray(number) for key, number in numbers.items()}
    return (
        jax.eval_shape(gradient, x, y, traced),
        jax.eval_shape(lambda x, y: gradient(x, y, numbers), x, y),
    )


@pytest.mark.parametrize("name", CASES)
def test_no_dtype_or_rank_is_promoted(name):
    """Of half precision with narrow labels, and of 64 bits beside 32."""
    f, numbers = CASES[name]
    kinds = [
        (False, "bfloat16", "uint8"),
        (False, "float32", "int32"),
        (True, "float64", "int32"),
        (True, "float32", "uint64"),
    ]
    for x64, dtype, integers in kinds:
        with (
            jax.enable_x64(x64),
            jax.numpy_dtype_promotion("strict"),
            jax.numpy_rank_promotion("raise"),
        ):
            expected = "float64" if dtype == "float64" else "float32"
            for slope, values in shapes(f, dtype, integers, numbers):
                assert (slope.dtype, values.dtype) == (dtype, expected)


@pytest.mark.parametrize("name", CASES)
def test_float64_numbers_do_not_change_a_dtype(name):
    """Neither those that are known nor those that are traced."""
    f, numbers = CASES[name]
    with jax.enable_x64(True):
        wide = {key: np.float64(number) for key, number in numbers.items()}
        for dtype in ("bfloat16", "float32"):
            for slope, values in shapes(f, dtype, "int32", wide):
                assert (slope.dtype, values.dtype) == (dtype, "float32")
