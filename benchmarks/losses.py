"""Losses beside plain autodiff, optax and torch: value and gradient, time and memory.

    python -m benchmarks.losses

Times are ratios to the first function of a contest, or to the function that the title
of a table names; the functions run in turn. Memory is the memory of a compiled function
besides its inputs and outputs, in arrays of the shape of the logits or features.
torch and pytorch-metric-learning are left out if they are not installed.
"""

import functools
import importlib.util
import math
import os
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from rich.console import Console
from rich.table import Table
import tyro

from adrjax import centroids, embeddings, losses, margins, regularizers
from benchmarks import every_loss
from benchmarks.contest import Contest, Function, Functions, results
import formulas.embeddings
import formulas.losses
import formulas.regularizers

HAS_PML = importlib.util.find_spec("pytorch_metric_learning") is not None
TAU, WEIGHT = 5, 0.05


def adr(batch: int, classes: int) -> Contest:
    """Cross entropy plus ADR, as a user writes the sum."""

    def ours(z: jax.Array, y: jax.Array) -> jax.Array:
        return losses.cross_entropy(z, y) + WEIGHT * regularizers.adr(z, tau=TAU)

    def printed(z: jax.Array, y: jax.Array) -> jax.Array:
        density = formulas.regularizers.adr(z, tau=TAU)
        return integer_cross_entropy(z, y) + WEIGHT * density

    def by_torch(z: Any, y: Any) -> Any:
        import torch

        p = torch.softmax(z, -1)
        phi = -(p * torch.log(p)).sum(-1) / math.log(classes)
        t = torch.topk(p, TAU).values.square().sum(-1)
        density = (math.sqrt(2 * math.pi) * phi) ** -TAU * torch.exp(-t / (2 * phi))
        return torch.nn.functional.cross_entropy(z, y) + WEIGHT * density.mean()

    return of_logits(
        "cross entropy + ADR",
        batch,
        classes,
        {
            "adrjax, cross entropy": losses.cross_entropy,
            "adrjax, cross entropy + adr": ours,
            "autodiff of the formula": printed,
        },
        {"torch, cross entropy": torch_cross_entropy, "torch, the formula": by_torch},
    )


def gradient_rescaling(batch: int, classes: int) -> Contest:
    """Gradient rescaling: a gradient rule, and autodiff with weights held constant."""
    ours, printed = (
        functools.partial(module.gradient_rescaling, beta=8.0, lam=0.5)
        for module in (losses, formulas.losses)
    )

    def by_torch(z: Any, y: Any) -> Any:
        import torch

        log_p = torch.log_softmax(z, -1).gather(1, y[:, None])[:, 0]
        p = log_p.detach().exp()
        return (-torch.exp(8.0 * p**0.5 * (1 - p)) / (2 * (1 - p)) * log_p).mean()

    return of_logits(
        "gradient rescaling",
        batch,
        classes,
        {"adrjax": ours, "autodiff of the formula": printed},
        {"torch, the formula": by_torch},
    )


def of_logits(
    name: str, batch: int, classes: int, of_jax: Functions, of_torch: Functions
) -> Contest:
    """Returns a contest of functions of logits and labels and optax's cross entropy."""
    z = np.random.default_rng(0).normal(size=(batch, classes)).astype(np.float32)
    y = np.arange(batch) % classes
    with_optax = {"optax, cross entropy": integer_cross_entropy, **of_jax}
    return Contest(
        f"{name}, {batch} x {classes}", with_optax, (z,), (y,), of_torch, z.shape
    )


def integer_cross_entropy(z: jax.Array, y: jax.Array) -> jax.Array:
    return optax.softmax_cross_entropy_with_integer_labels(z, y)


def torch_cross_entropy(z: Any, y: Any) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(z, y)


def self_correlation(batch: int, dim: int) -> Contest:
    """The correlation of all pairs of dimensions."""
    x, y = embeddings_and_labels(batch, dim, 10)
    points = np.asarray(centroids.simplex(jax.random.key(0), 10, dim))

    return Contest(
        f"self correlation, {batch} x {dim}",
        {
            "autodiff of the formula": formulas.embeddings.self_correlation,
            "adrjax": embeddings.self_correlation,
        },
        (x,),
        (y, points),
        {},
        (dim, dim),
    )


def arcface(batch: int, dim: int, classes: int, num_chunks: int) -> Contest:
    """The whole head: two products, the margin and cross entropy."""
    x, y = embeddings_and_labels(batch, dim, classes)
    w = np.random.default_rng(1).normal(size=(classes, dim)).astype(np.float32)

    def printed(x: jax.Array, w: jax.Array, y: jax.Array) -> jax.Array:
        unit_x = x / jnp.linalg.norm(x, axis=-1, keepdims=True)
        cosines = unit_x @ (w / jnp.linalg.norm(w, axis=-1, keepdims=True)).T
        angles = jnp.arccos(jnp.clip(cosines, -1 + 1e-7, 1 - 1e-7))
        is_label = jax.nn.one_hot(y, classes)
        return integer_cross_entropy(64 * jnp.cos(angles + 0.5 * is_label), y)

    def logits(x: jax.Array, w: jax.Array, y: jax.Array) -> jax.Array:
        return margins.arcface(margins.cosines(x, w), y, margin=0.5, scale=64.0)

    def ours(x: jax.Array, w: jax.Array, y: jax.Array) -> jax.Array:
        return losses.cross_entropy(logits(x, w, y), y)

    def chunked(x: jax.Array, w: jax.Array, y: jax.Array) -> jax.Array:
        return losses.chunked_cross_entropy(
            x, w, y, logits=logits, num_chunks=num_chunks
        )

    def products(x: jax.Array, w: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.sum((x @ w.T) ** 2, axis=-1)

    of_torch = {}
    if HAS_PML:
        from pytorch_metric_learning.losses import ArcFaceLoss

        head = ArcFaceLoss(classes, dim, margin=math.degrees(0.5), scale=64)

        def by_torch(x: Any, w: Any, y: Any) -> Any:
            del head.W
            head.W = w.T
            return head(x, y)

        of_torch = {"pytorch-metric-learning": by_torch}
    return Contest(
        f"ArcFace head, {batch} x {dim} to {classes}",
        {
            "autodiff, a margin for all": printed,
            "adrjax": ours,
            f"adrjax, {num_chunks} chunks": chunked,
            "its matrix products alone": products,
        },
        (x, w),
        (y,),
        of_torch,
        (batch, classes),
    )


def include_exclude(batch: int, classes: int, dim: int) -> Contest:
    """Distances to all centers."""
    x, y = embeddings_and_labels(batch, dim, classes)
    centers = np.random.default_rng(1).normal(size=(classes, dim)).astype(np.float32)

    def of_module(module: Any) -> Function:
        def loss(x: jax.Array, centers: jax.Array, y: jax.Array) -> jax.Array:
            return module.include_exclude(
                x, y, centers, 1.0, alpha=0.1, present_only=False
            )

        return loss

    return Contest(
        f"include and exclude, {batch} x {dim}, {classes} centers",
        {
            "autodiff, by broadcasting": of_module(formulas.embeddings),
            "adrjax": of_module(embeddings),
        },
        (x, centers),
        (y,),
        {},
        (batch, classes),
    )


def embeddings_and_labels(
    batch: int, dim: int, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(batch, dim)).astype(np.float32)
    return x, np.arange(batch) % classes


CONTESTS = {
    "adr": [
        functools.partial(adr, batch, classes)
        for batch, classes in (
            (128, 10),
            (128, 100),
            (256, 1000),
            (1024, 10_000),
            (512, 100_000),
        )
    ],
    "gr": [functools.partial(gradient_rescaling, 1024, 10_000)],
    "sc": [functools.partial(self_correlation, 128, n) for n in (256, 512, 2048)],
    "arcface": [
        functools.partial(arcface, 128, 512, classes, num_chunks)
        for classes, num_chunks in ((10_000, 40), (100_000, 40))
    ],
    "ie": [functools.partial(include_exclude, 128, 100, 512)],
}


EVERY = {
    "losses": functools.partial(every_loss.of_losses, 256, 1000),
    "regularizers": functools.partial(every_loss.of_regularizers, 256, 1000),
    "margins": functools.partial(every_loss.of_margins, 128, 10_000),
    "embeddings": functools.partial(every_loss.of_embeddings, 128, 512),
}


def main(
    names: tuple[str, ...] = (*CONTESTS, *EVERY), /, *, budget: float = 5.0
) -> None:
    """Prints one table per contest or role.

    Args:
        names: The contests adr, gr, sc, arcface and ie, and the roles losses,
            regularizers, margins and embeddings with all their functions.
        budget: Seconds to spend on each function and its competitors.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=100)
    console.print(f"float32, forward and backward, {jax.devices()[0]}")
    for name in names:
        if name in EVERY:
            console.print(_of_role(EVERY[name], budget))
        for contest in CONTESTS.get(name, ()):
            console.print(_of_contest(contest(), budget))


def _of_contest(contest: Contest, budget: float) -> Table:
    table = Table("function", "time", "memory", title=contest.name)
    for name, result in results(contest, budget).items():
        table.add_row(name, *_in_digits(result.time, result.memory))
    return table


def _of_role(role: functools.partial[dict[str, Contest]], budget: float) -> Table:
    (line, *_), contests = (role.func.__doc__ or "").splitlines(), role()
    shape = next(iter(contests.values())).shape
    columns = ("adrjax", "autodiff", "torch", "memory, adrjax", "memory, autodiff")
    table = Table("", *columns, title=f"{line} {shape}")
    for name, contest in contests.items():
        of = results(contest, budget)
        times = (
            of[k].time if k in of else None for k in ("adrjax", "autodiff", "torch")
        )
        memory = (of[k].memory for k in ("adrjax", "autodiff"))
        table.add_row(name, *_in_digits(*times, *memory))
    return table


def _in_digits(*numbers: float | None) -> list[str]:
    return ["" if n is None else f"{n:.2f}" for n in numbers]


if __name__ == "__main__":
    os.environ.setdefault("GOMP_SPINCOUNT", "0")  # else torch's idle threads spin
    tyro.cli(main)
