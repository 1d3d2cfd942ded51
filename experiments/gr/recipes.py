"""What GR's pages share: methods, networks, optimizers and noise.

The sources are the paper, and the authors' code in the history of
github.com/XinshaoAmosWang/DerivativeManipulation: GR's Caffe layer of December 2019 (bd3f503),
and the solvers, networks, noise scripts and logs for CIFAR-100 of April 2020 (baf25e4).
"""

import dataclasses
import functools

import jax
import optax

from adrjax import backbones, data, heads, losses, noise, optimizers, targets
from experiments.harness import (
    Classification,
    Data,
    Epochs,
    Method,
    Metric,
    Recipe,
    Steps,
)
from experiments.harness.metrics import hits

TOP1 = Metric(hits, scale=100.0, digits=1, unit="%")


def gr(*, beta: float, lam: float) -> Method:
    """Returns GR as the authors ran it, with weights divided by their sum over the batch."""
    as_run = {"eps": 1e-6, "normalize": True, "axis_name": "batch"}
    return Method(losses.gradient_rescaling, {"beta": beta, "lam": lam} | as_run)


def boot_hard(logits: jax.Array, labels: jax.Array, *, beta: float) -> jax.Array:
    """Cross entropy of hard bootstrapping's targets."""
    mixed = targets.bootstrap_hard(logits, labels, beta=beta)
    return losses.cross_entropy(logits, mixed)


def boot_soft(logits: jax.Array, labels: jax.Array, *, beta: float) -> jax.Array:
    """Cross entropy of soft bootstrapping's targets."""
    mixed = targets.bootstrap_soft(logits, labels, beta=beta)
    return losses.cross_entropy(logits, mixed)


def cifar100_sgd(
    steps: int, *, weight_decay: float = 1e-4
) -> optax.GradientTransformation:
    """SGD with the schedule of the authors' solver and the weight decay of the paper."""
    rate = optimizers.step_decay(0.1, at=[steps // 2, 22 * steps // 30])
    return optimizers.caffe_sgd(rate, momentum=0.9, weight_decay=weight_decay)


def resnet(depth: int, num_classes: int, *, dropout: float = 0.0) -> heads.Classifier:
    """Returns GR's ResNet: option B, and biases, as in the authors' networks."""
    backbone = backbones.CifarResNet(
        depth=depth, shortcut="projection", use_bias=True, axis_name="batch"
    )
    return heads.Classifier(backbone, heads.Linear(num_classes), dropout=dropout)


def with_reduced(recipe: Recipe, *, depth: int = 8, epochs: int = 8) -> Recipe:
    """Returns a recipe of a ResNet with its variant for two CPU cores.

    It differs in the depth and the length, so the rate of 0.1 and the schedule carry over,
    as they do not to a network without batch norm. Two cores train 600 images a second with
    a depth of 8, and 50,000 images for 8 epochs in 11 minutes.
    """
    name = recipe.name.rpartition(" ")[0]
    reduced = dataclasses.replace(
        recipe,
        name=f"{name} resnet{depth}",
        model=resnet(depth, recipe.num_classes, dropout=recipe.model.dropout),
        length=Epochs(epochs),
        evaluate_every=Epochs(1),
        smoke=None,
    )
    return dataclasses.replace(recipe, reduced=reduced)


def noisy(dataset: data.Dataset, rate: float, *, hold_out: int) -> Data:
    """Returns training images with symmetric noise, each label drawn independently."""
    flip = functools.partial(
        noise.symmetric, num_classes=dataset.num_classes, rate=rate, independent=True
    )
    return Data(dataset=dataset, hold_out=hold_out, noise=flip)


def cifar100(rate: float) -> Recipe:
    """Returns the recipe of Tables 5 and 12: CIFAR-100 with symmetric noise, ResNet-44."""
    return Recipe(
        name=f"cifar100 {100 * rate:.0f} % wrong resnet44",
        data=noisy(data.cifar100(), rate, hold_out=2500),
        model=resnet(44, 100),
        batch_size=128,
        length=Steps(30_000),
        optimizer=cifar100_sgd,
        evaluations={
            "test": Classification({"top1": TOP1}),
            "held-out": Classification({"top1": TOP1}, split="held-out"),
        },
        evaluate_every=Steps(1000),
        smoke=resnet(8, 100),
    )
