"""A contest for every loss, regularizer, margin and embedding, role by role."""

from collections.abc import Callable, Mapping
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from adrjax import embeddings, losses, margins
from benchmarks import in_torch
from benchmarks.contest import Contest
from tests.embeddings import printed
from tests.losses.table import LOSSES
from tests.margins.table import OF_COSINES, OF_FEATURES
from tests.regularizers.table import REGULARIZERS

Functions = Mapping[str, Callable[..., Any]]


def entrants(of_table, torch_formula, floor) -> tuple[Functions, Functions]:
    """Returns the functions of jax, the floor first, and those of torch."""
    ours, formula = of_table
    of_jax = {"floor": floor, "adrjax": ours, "autodiff": formula}
    return of_jax, {"torch": torch_formula} if torch_formula else {}


def of_losses(batch: int, classes: int) -> dict[str, Contest]:
    """Every loss beside optax's integer cross entropy."""
    z, y = normal(batch, classes), np.arange(batch) % classes

    def contest(name):
        of_torch = in_torch.LOSSES.get(name)
        of_jax, of_torch = entrants(LOSSES[name], of_torch, integer_cross_entropy)
        return Contest(name, of_jax, (z,), (y,), of_torch, z.shape)

    return {name: contest(name) for name in LOSSES}


def of_regularizers(batch: int, classes: int) -> dict[str, Contest]:
    """Cross entropy and every regularizer, as a sum, beside that cross entropy."""
    z, y = normal(batch, classes), np.arange(batch) % classes

    def summed(base, regularizer):
        return lambda z, y: base(z, y) + 0.05 * regularizer(z)

    def contest(name):
        ours, formula = REGULARIZERS[name]
        in_sum = in_torch.REGULARIZERS.get(name)
        of_jax, of_torch = entrants(
            (
                summed(losses.cross_entropy, ours),
                summed(integer_cross_entropy, formula),
            ),
            in_sum and summed(in_torch.LOSSES["cross_entropy"], in_sum),
            integer_cross_entropy,
        )
        return Contest(name, of_jax, (z,), (y,), of_torch, z.shape)

    return {name: contest(name) for name in REGULARIZERS}


def of_margins(batch: int, classes: int, dim: int = 128) -> dict[str, Contest]:
    """Every margin with its products and cross entropy, beside a linear head's."""
    x, w = normal(batch, dim), normal(classes, dim, seed=1)
    y = np.arange(batch) % classes

    def linear(x, w, y):
        return integer_cross_entropy(x @ w.T, y)

    def contest(name):
        if name in OF_COSINES:
            ours, formula = OF_COSINES[name]
            of_features = [
                lambda x, w, y: losses.cross_entropy(ours(margins.cosines(x, w), y), y),
                lambda x, w, y: integer_cross_entropy(
                    formula(printed.directions(x) @ printed.directions(w).T, y), y
                ),
            ]
        else:
            ours, formula = OF_FEATURES[name]
            of_features = [
                lambda x, w, y: losses.cross_entropy(ours(x, w, y), y),
                lambda x, w, y: integer_cross_entropy(formula(x, w, y), y),
            ]
        of_jax, of_torch = entrants(of_features, in_torch.MARGINS.get(name), linear)
        return Contest(name, of_jax, (x, w), (y,), of_torch, (batch, classes))

    return {name: contest(name) for name in OF_COSINES | OF_FEATURES}


def of_embeddings(batch: int, dim: int, classes: int = 100) -> dict[str, Contest]:
    """Every embedding beside a linear head of as many classes."""
    x, c = normal(batch, dim), normal(classes, dim, seed=1)
    c /= np.linalg.norm(c, axis=1, keepdims=True)
    y = np.arange(batch) % classes

    def linear(x, y, c):
        return integer_cross_entropy(x @ c.T, y)

    def contest(name):
        of_torch = in_torch.EMBEDDINGS.get(name)
        of_jax, of_torch = entrants(EMBEDDINGS[name], of_torch, linear)
        return Contest(name, of_jax, (x,), (y, c), of_torch, x.shape)

    return {name: contest(name) for name in EMBEDDINGS}


def second_half(f, **options):
    """A function of pairs, of each feature and that of the example before it."""
    return lambda x, y, c: f(x, jnp.roll(x, 1, axis=0), **options)


def stateful(loss):
    """The first step of a loss that remembers."""
    return lambda x, y, c: loss(c).apply(loss(c).init(), x, y)[0]


def circle(x, y, c, margin=0.25, scale=256.0):
    """Eq. (6) over all pairs, as it is printed."""
    s = printed.directions(x) @ printed.directions(x).T
    same, other = y[:, None] == y, ~jnp.eye(len(y), dtype=bool)
    a_p = jax.lax.stop_gradient(jax.nn.relu(1 + margin - s))
    a_n = jax.lax.stop_gradient(jax.nn.relu(s + margin))
    within = jnp.exp(-scale * a_p * (s - 1 + margin))
    between = jnp.exp(scale * a_n * (s - margin))
    within = jnp.sum(jnp.where(same & other, within, 0), axis=-1)
    between = jnp.sum(jnp.where(~same, between, 0), axis=-1)
    return jnp.log(1 + within * between)


def pairs(f, **options):
    """A function of pairs and of whether they are of one class."""
    return lambda x, y, c: f(x, jnp.roll(x, 1, axis=0), y % 2 == 0, **options)


def triples(f):
    """A function of anchors, positives and negatives."""
    return lambda x, y, c: f(
        x, jnp.roll(x, 1, axis=0), jnp.roll(x, 2, axis=0), margin=0.2
    )


def running(x, y, c):
    """Center loss, its centers moved towards their classes at the end of each step."""
    loss = embeddings.running_center(*c.shape)
    return loss.apply(loss.init(), x, y)[0]


EMBEDDINGS = {
    "pod": (
        stateful(embeddings.pod),
        lambda x, y, c: printed.nac(x, y, c, 0.05) + printed.self_correlation(x, y, c),
    ),
    "nac": (stateful(embeddings.nac), lambda x, y, c: printed.nac(x, y, c, 0.05)),
    "norm_adaptive_cosine": (
        functools.partial(embeddings.norm_adaptive_cosine, delta=0.05),
        lambda x, y, c: printed.nac(x, y, c, 0.05),
    ),
    "self_correlation": (embeddings.self_correlation, printed.self_correlation),
    "cosine": (embeddings.cosine, lambda x, y, c: printed.nac(x, y, c, 0.0)),
    "pedcc": (
        embeddings.pedcc,
        functools.partial(printed.pedcc, margin=0.5, scale=15.0, n=1),
    ),
    "pedcc_mse": (embeddings.pedcc_mse, printed.pedcc_mse),
    "include_exclude": (
        functools.partial(embeddings.include_exclude, alpha=1.0),
        functools.partial(printed.include_exclude_of_batch, alpha=1.0),
    ),
    "center": (embeddings.center, printed.center),
    "running_center": (running, printed.center),
    "triplet": (triples(embeddings.triplet), triples(printed.triplet)),
    "contrastive": (
        pairs(embeddings.contrastive),
        pairs(printed.contrastive, margin=1.0),
    ),
    "circle": (lambda x, y, c: embeddings.circle(x, y), circle),
    "barlow_twins": (
        second_half(embeddings.barlow_twins),
        second_half(printed.barlow_twins, lam=0.005),
    ),
    "vicreg": (second_half(embeddings.vicreg), second_half(printed.vicreg)),
    "feature_incay": (
        lambda x, y, c: embeddings.feature_incay(x, y, x @ c.T, eps=0.1),
        lambda x, y, c: printed.feature_incay(x, y, x @ c.T, eps=0.1),
    ),
    "orthogonality": (
        lambda x, y, c: embeddings.orthogonality(x),
        lambda x, y, c: printed.orthogonality(x),
    ),
}


def integer_cross_entropy(z, y):
    return optax.softmax_cross_entropy_with_integer_labels(z, y)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)
