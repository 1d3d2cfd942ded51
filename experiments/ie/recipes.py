"""What IE's pages share: networks, optimizers and losses for MNIST.

[L] is Caffe's LeNet with the settings of its solver, "the original settings" of the paper's
section 4.2; [N] is the network of the paper's Table 1.

Not in the paper:

-   How centers and variance start, and their weight decay: the variance starts at 1, the centers as
    in Wen et al.'s code, and both decay like all parameters.
-   The settings of L-Softmax, those of the authors' code for MNIST: m = 4, and a weight of the
    softmax that falls from 1000 by 2.5e-5 a step to the power 35. "Softmax and L-Softmax jointly"
    is read as this weight.
-   The settings of the center loss, those of its authors for MNIST: the weight 0.01, and the rate
    0.5 of the centers.
"""

from collections.abc import Callable
import dataclasses
import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

import adrjax
from adrjax import backbones, data, embeddings, heads, losses, margins, optimizers
from experiments.harness import Classification, Data, Method, Metric, Recipe, Steps
from experiments.harness.metrics import misses

ERROR = Metric(misses, scale=100.0, digits=2, unit="%", better="lower")
ALPHA = 0.1


def xavier(key: jax.Array, shape: Any, dtype: Any = jnp.float32) -> jax.Array:
    """Caffe's "xavier": uniform within the square root of 3 / fan_in."""
    return nn.initializers.lecun_uniform()(key, shape, dtype)


def zeros(key: jax.Array, shape: Any, dtype: Any = jnp.float32) -> jax.Array:
    """A bias of 0."""
    return jnp.zeros(shape, dtype)


def lenet_sgd(steps: int) -> optax.GradientTransformation:
    """Caffe's solver for LeNet, with biases at twice the rate."""
    rate = optimizers.inverse_time_decay(0.01, gamma=1e-4, power=0.75)
    sgd = functools.partial(optimizers.caffe_sgd, momentum=0.9, weight_decay=5e-4)
    twice = sgd(lambda step: 2 * rate(step))
    return optimizers.partition_by_path({"*bias": twice, "*": sgd(rate)})


def mnist_sgd(steps: int) -> optax.GradientTransformation:
    """The optimizer of the paper's own network, with drops after 60 and 75 %."""
    rate = optimizers.step_decay(0.01, at=[12 * steps // 20, 15 * steps // 20])
    return optimizers.caffe_sgd(rate, momentum=0.9, weight_decay=5e-4)


def softmax_and_center(
    *, num_classes: int, dim: int, weight: float, alpha: float
) -> dict[str, Any]:
    """Cross entropy and the center loss."""
    center = embeddings.running_center(num_classes, dim, alpha=alpha, axis_name="batch")
    return {
        "softmax": adrjax.select(losses.cross_entropy, "logits"),
        "center": adrjax.weighted(adrjax.select(center, "features"), weight),
    }


def large_margin(*, margin: int, base: float, gamma: float, power: float) -> Any:
    """L-Softmax, whose weight of the softmax falls over the steps."""

    def loss_of(lam: jax.Array) -> Callable[[Any, jax.Array], jax.Array]:
        def loss(outputs: Any, labels: jax.Array) -> jax.Array:
            logits = margins.large_margin(
                outputs.features, outputs.weights, labels, margin=margin, lam=lam
            )
            return losses.cross_entropy(logits, labels)

        return loss

    schedule = optimizers.inverse_time_decay(base, gamma=gamma, power=power)
    return adrjax.scheduled(loss_of, schedule)


def softmax_and_ie(
    outputs: Any,
    labels: jax.Array,
    *,
    lam: float,
    alpha: float,
    inside: bool,
    learned: bool,
    share_nearest: float | None = None,
) -> dict[str, jax.Array]:
    """Cross entropy and IE, with the learned variance or that of the batch."""
    ie = embeddings.include_exclude(
        outputs.features,
        labels,
        outputs.centers,
        outputs.variance if learned else None,
        alpha=alpha,
        share_nearest=share_nearest,
        inside=inside,
        axis_name="batch",
    )
    return {"softmax": losses.cross_entropy(outputs.logits, labels), "IE": lam * ie}


def methods(dim: int, lam: float) -> dict[str, Method]:
    """Returns the methods for MNIST.

    Args:
        dim: The number of features.
        lam: The weight of IE.
    """
    ie = {"lam": lam, "alpha": ALPHA, "inside": True, "learned": True}
    center = {"num_classes": 10, "dim": dim, "weight": 0.01, "alpha": 0.5}
    margin = {"margin": 4, "base": 1000.0, "gamma": 2.5e-5, "power": 35.0}
    return {
        "Softmax": Method(losses.cross_entropy),
        "L-Softmax": Method(large_margin, margin),
        "Center": Method(softmax_and_center, center),
        "IE": Method(softmax_and_ie, ie),
        "IE, Eq. (6)": Method(softmax_and_ie, ie | {"inside": False}),
        "IE, batch variance": Method(softmax_and_ie, ie | {"learned": False}),
    }


def head(row: str, dim: int, init: dict[str, Any]) -> nn.Module:
    """Returns the head that a method needs.

    Args:
        row: The name of the method.
        dim: The number of features.
        init: The initializers of the classifier; the default ones if empty.
    """
    if row == "L-Softmax":
        kernel = {k: v for k, v in init.items() if k == "kernel_init"}
        return heads.Projection(10, **kernel)
    if row.startswith("IE"):
        return heads.Centers(10, dim, **init)
    return heads.Linear(10, **init)


# Pixels are divided by 256 and not centered.
MNIST = dataclasses.replace(data.mnist(), mean=(0.0,), std=(256 / 255,))


def lenet(row: str) -> Recipe:
    """Returns [L], Caffe's LeNet."""
    caffe = {"kernel_init": xavier, "bias_init": zeros}
    return Recipe(
        name="mnist lenet",
        data=Data(dataset=MNIST),
        model=heads.Classifier(backbones.LeNet(), head(row, 500, caffe)),
        batch_size=64,
        length=Steps(12_000),
        optimizer=lenet_sgd,
        evaluations={"test": Classification({"error": ERROR})},
        evaluate_every=Steps(1000),
    )


def iemnist(row: str) -> Recipe:
    """Returns [N], the paper's own network."""
    return _own(row, backbones.IEMnist(axis_name="batch"), "mnist iemnist", 256)


def iemnist2d(row: str) -> Recipe:
    """Returns the network with two features; its length and rate are those of [N]."""
    return _own(row, backbones.IEMnist2D(axis_name="batch"), "mnist iemnist2d", 2)


def _own(row: str, backbone: nn.Module, name: str, dim: int) -> Recipe:
    recipe = Recipe(
        name=name,
        data=Data(dataset=MNIST),
        model=heads.Classifier(backbone, head(row, dim, {})),
        batch_size=256,
        length=Steps(20_000),
        optimizer=mnist_sgd,
        evaluations={"test": Classification({"error": ERROR})},
        evaluate_every=Steps(1000),
    )
    reduced = dataclasses.replace(
        recipe, batch_size=64, length=Steps(2000), evaluate_every=Steps(500)
    )
    return dataclasses.replace(recipe, reduced=reduced)
