"""A contest for every loss, regularizer, margin and embedding, role by role."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from adrjax import embeddings, losses, margins, regularizers
from benchmarks import in_torch
from benchmarks.contest import Contest, Function, Functions
import formulas.embeddings
import formulas.losses
import formulas.margins
import formulas.regularizers

Pair = tuple[Function, Function]  # the function of adrjax and the printed formula


def pairs_of(ours: Any, printed: Any, *names: str, **options: Any) -> dict[str, Pair]:
    """Returns the functions of two modules by their names, with options bound."""

    def bound(module: Any, name: str) -> Function:
        return functools.partial(getattr(module, name), **options)

    return {name: (bound(ours, name), bound(printed, name)) for name in names}


def transition(z: jax.Array) -> np.ndarray:
    """Returns label noise without an order of the classes."""
    c = z.shape[-1]
    return 0.7 * np.eye(c) + 0.3 / c


def corrected(correction: Function) -> Function:
    return lambda z, y: correction(z, y, transition=transition(z))


def smoothed(z: jax.Array, y: jax.Array) -> jax.Array:
    loss = losses.online_label_smoothing(z.shape[-1])
    return loss.apply(loss.init(), z, y)[0]


def printed_smoothed(z: jax.Array, y: jax.Array) -> jax.Array:
    c = z.shape[-1]
    soft_labels = jnp.full((c, c), 1 / c)
    return formulas.losses.online_label_smoothing(z, y, soft_labels)


LOSSES = pairs_of(
    losses,
    formulas.losses,
    "cross_entropy",
    "focal",
    "mean_absolute_error",
    "generalized_cross_entropy",
    "gradient_rescaling",
    "truncated_generalized_cross_entropy",
    "reverse_cross_entropy",
    "symmetric_cross_entropy",
    "complement_entropy",
) | {
    "forward_correction": (
        corrected(losses.forward_correction),
        corrected(formulas.losses.forward_correction),
    ),
    "backward_correction": (
        corrected(losses.backward_correction),
        corrected(formulas.losses.backward_correction),
    ),
    "online_label_smoothing": (smoothed, printed_smoothed),
}


def regularizer(name: str, **options: Any) -> Pair:
    return pairs_of(regularizers, formulas.regularizers, name, **options)[name]


REGULARIZERS = {
    "entropy": regularizer("entropy"),
    "entropy, normalized": regularizer("entropy", normalize=True),
    "variance": regularizer("variance"),
    "adr": regularizer("adr"),
    "adr, tau = 5": regularizer("adr", tau=5),
    "adr, eq14": regularizer("adr", form="eq14", tau=3),
    "adr, kernel": regularizer("adr", form="kernel"),
    "adr, variance": regularizer("adr", uncertainty="variance"),
    "adr, l1": regularizer("adr", statistic="l1"),
    "adr, stopped": regularizer("adr", stop_uncertainty=True),
    "adr, threshold": regularizer("adr", threshold=0.9),
    "exponential_variance": regularizer("exponential_variance"),
    "gsc": regularizer("gsc"),
    "gsc, in nats": regularizer("gsc", normalize=False),
    "gsc, mean": regularizer("gsc", mean=0.3, top_c=3),
    "gsc, stopped": regularizer("gsc", stop_uncertainty=True),
    "gsc, threshold": regularizer("gsc", threshold=0.9),
}


def on_cosines(cosines: Function, margin: Function) -> Function:
    """Returns the logits of features that a margin on cosines gives."""
    return lambda x, w, y: margin(cosines(x, w), y)


def margin(name: str, **options: Any) -> Pair:
    """Returns a margin of cosines as a function of features, weights and labels."""
    ours, printed = pairs_of(margins, formulas.margins, name, scale=3.0, **options)[
        name
    ]
    return (
        on_cosines(margins.cosines, ours),
        on_cosines(formulas.margins.cosines, printed),
    )


def scaled(cosines: Function) -> Function:
    return lambda x, w, y: 3.0 * cosines(x, w)


MARGINS = {
    "cosines": (scaled(margins.cosines), scaled(formulas.margins.cosines)),
    "cosface": margin("cosface"),
    "arcface": margin("arcface"),
    "combined_margin": margin("combined_margin", m1=0.9, m2=0.4, m3=0.15),
    "circle": margin("circle"),
    **pairs_of(margins, formulas.margins, "large_margin", lam=0.5, margin=3),
    **pairs_of(margins, formulas.margins, "sphereface", lam=0.5, margin=4),
}


def before(x: jax.Array, examples: int = 1) -> jax.Array:
    """Returns for each feature that of an example before it."""
    return jnp.roll(x, examples, axis=0)


def of_pairs(f: Function) -> Function:
    return lambda x, y, c: f(x, before(x), y % 2 == 0)


def of_triples(f: Function) -> Function:
    return lambda x, y, c: f(x, before(x), before(x, 2))


def of_views(f: Function) -> Function:
    return lambda x, y, c: f(x, before(x))


def of_scores(f: Function) -> Function:
    return lambda x, y, c: f(x, y, x @ c.T, eps=0.1)


def of_labels(f: Function) -> Function:
    return lambda x, y, c: f(x, y)


def of_features(f: Function) -> Function:
    return lambda x, y, c: f(x)


def first_step(loss_of: Function) -> Function:
    """Returns the first step of a stateful loss."""
    return lambda x, y, c: loss_of(c).apply(loss_of(c).init(), x, y)[0]


def running_center(x: jax.Array, y: jax.Array, c: jax.Array) -> jax.Array:
    """Center loss, whose centers move at the end of each step."""
    loss = embeddings.running_center(*c.shape)
    return loss.apply(loss.init(), x, y)[0]


def embedding(form: Function, name: str) -> Pair:
    ours, printed = pairs_of(embeddings, formulas.embeddings, name)[name]
    return form(ours), form(printed)


NAC = functools.partial(formulas.embeddings.norm_adaptive_cosine, delta=0.05)
EMBEDDINGS = {
    "pod": (
        first_step(embeddings.pod),
        functools.partial(formulas.embeddings.pod, delta=0.05),
    ),
    "nac": (first_step(embeddings.nac), NAC),
    **pairs_of(embeddings, formulas.embeddings, "norm_adaptive_cosine", delta=0.05),
    **pairs_of(
        embeddings,
        formulas.embeddings,
        "self_correlation",
        "cosine",
        "pedcc",
        "pedcc_mse",
        "center",
    ),
    **pairs_of(embeddings, formulas.embeddings, "include_exclude", alpha=1.0),
    "running_center": (
        running_center,
        lambda x, y, c: formulas.embeddings.center(x, y, jnp.zeros_like(c)),
    ),
    "triplet": embedding(of_triples, "triplet"),
    "contrastive": embedding(of_pairs, "contrastive"),
    "circle": embedding(of_labels, "circle"),
    "barlow_twins": embedding(of_views, "barlow_twins"),
    "vicreg": embedding(of_views, "vicreg"),
    "feature_incay": embedding(of_scores, "feature_incay"),
    "orthogonality": embedding(of_features, "orthogonality"),
}


def contest(
    name: str,
    pair: Pair,
    of_torch: Functions,
    floor: Function,
    moving: tuple[np.ndarray, ...],
    fixed: tuple[np.ndarray, ...],
    shape: tuple[int, ...],
) -> Contest:
    """Returns the contest of a floor, a function, its formula and that in torch."""
    ours, formula = pair
    of_jax = {"floor": floor, "adrjax": ours, "autodiff": formula}
    in_torch_too = {"torch": of_torch[name]} if name in of_torch else {}
    return Contest(name, of_jax, moving, fixed, in_torch_too, shape)


def of_losses(batch: int, classes: int) -> dict[str, Contest]:
    """Every loss beside optax's integer cross entropy."""
    z, y = normal(batch, classes), np.arange(batch) % classes
    rest = in_torch.LOSSES, integer_cross_entropy, (z,), (y,), z.shape
    return {name: contest(name, pair, *rest) for name, pair in LOSSES.items()}


def summed(base: Function, regularizer: Function) -> Function:
    """Returns the sum of a loss and a regularizer, as a user writes it."""
    return lambda z, y: base(z, y) + 0.05 * regularizer(z)


def of_regularizers(batch: int, classes: int) -> dict[str, Contest]:
    """Cross entropy and every regularizer, as a sum, beside that cross entropy."""
    z, y = normal(batch, classes), np.arange(batch) % classes

    of_torch = {
        name: summed(in_torch.LOSSES["cross_entropy"], formula)
        for name, formula in in_torch.REGULARIZERS.items()
    }
    rest = of_torch, integer_cross_entropy, (z,), (y,), z.shape
    bases = losses.cross_entropy, integer_cross_entropy
    return {
        name: contest(name, (summed(bases[0], ours), summed(bases[1], formula)), *rest)
        for name, (ours, formula) in REGULARIZERS.items()
    }


def of_margins(batch: int, classes: int, dim: int = 128) -> dict[str, Contest]:
    """Every margin with its products and cross entropy, beside a linear head's."""
    x, w = normal(batch, dim), normal(classes, dim, seed=1)
    y = np.arange(batch) % classes

    def linear(x: jax.Array, w: jax.Array, y: jax.Array) -> jax.Array:
        return integer_cross_entropy(x @ w.T, y)

    def under(cross_entropy: Function, logits: Function) -> Function:
        return lambda x, w, y: cross_entropy(logits(x, w, y), y)

    rest = in_torch.MARGINS, linear, (x, w), (y,), (batch, classes)
    bases = losses.cross_entropy, integer_cross_entropy
    return {
        name: contest(name, (under(bases[0], ours), under(bases[1], formula)), *rest)
        for name, (ours, formula) in MARGINS.items()
    }


def of_embeddings(batch: int, dim: int, classes: int = 100) -> dict[str, Contest]:
    """Every embedding beside a linear head of as many classes."""
    x, c = normal(batch, dim), normal(classes, dim, seed=1)
    c /= np.linalg.norm(c, axis=1, keepdims=True)
    y = np.arange(batch) % classes

    def linear(x: jax.Array, y: jax.Array, c: jax.Array) -> jax.Array:
        return integer_cross_entropy(x @ c.T, y)

    rest = in_torch.EMBEDDINGS, linear, (x,), (y, c), x.shape
    return {name: contest(name, pair, *rest) for name, pair in EMBEDDINGS.items()}


def integer_cross_entropy(z: jax.Array, y: jax.Array) -> jax.Array:
    return optax.softmax_cross_entropy_with_integer_labels(z, y)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)
