"""What GR's pages share: methods, networks, optimizers and noise.

The sources are the paper, and the authors' code in the history of
github.com/XinshaoAmosWang/DerivativeManipulation: GR's Caffe layer of December 2019 (bd3f503),
and the solvers, networks, noise scripts and logs for CIFAR-100 of April 2020 (baf25e4).
"""

from collections.abc import Sequence
import dataclasses
import functools

import jax
import optax

from adrjax import backbones, data, heads, losses, noise, optimizers, targets
from experiments.harness import (
    Classification,
    Context,
    Data,
    Epochs,
    Method,
    Metric,
    Recipe,
    Run,
    Steps,
)
from experiments.harness.metrics import CLEAN, CORRUPTED, FLIPPED, INTACT, hits

TOP1 = Metric(hits, scale=100.0, digits=1, unit="%")
# Of the training images: the accuracy by the labels trained with and by the true labels, and
# the share of the right and of the wrong labels that are fitted.
FITTING = {
    name: dataclasses.replace(metric, digits=1)
    for name, metric in (
        ("corrupted", CORRUPTED),
        ("intact", INTACT),
        ("clean", CLEAN),
        ("flipped", FLIPPED),
    )
}


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


def cifar10_sgd(steps: int) -> optax.GradientTransformation:
    """SGD with the drops of Fig. 2, at 32 and 48 of its 100 thousand steps."""
    rate = optimizers.step_decay(0.1, at=[32 * steps // 100, 48 * steps // 100])
    return optimizers.caffe_sgd(rate, momentum=0.9, weight_decay=1e-4)


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


# The rows of Tables 8 to 10.
REGULARIZERS = (
    "Baseline",
    "L2",
    "Dropout",
    "Dropout+L2",
    "GR",
    "GR+L2",
    "GR+Dropout",
    "GR+L2+Dropout",
)


def regularized(recipe: Recipe, row: str, *, depth: int = 8, epochs: int = 8) -> Run:
    """Returns a network of Tables 8 to 10.

    Args:
        recipe: The recipe of a ResNet.
        row: What regularizes it, such as `"GR+L2"`: GR with beta 8 and lambda 0.5 in place
            of cross entropy, a weight decay of 1e-4, dropout of 0.2 before the classifier.
        depth: The depth of the reduced network.
        epochs: Its length.
    """
    parts = row.split("+")
    method = gr(beta=8.0, lam=0.5) if "GR" in parts else Method(losses.cross_entropy)
    if "L2" not in parts:
        without = functools.partial(cifar100_sgd, weight_decay=0.0)
        recipe = dataclasses.replace(recipe, optimizer=without)
    if "Dropout" in parts:
        recipe = dataclasses.replace(
            recipe,
            model=recipe.model.clone(dropout=0.2),
            smoke=recipe.smoke and recipe.smoke.clone(dropout=0.2),
        )
    return Run(with_reduced(recipe, depth=depth, epochs=epochs), method)


def noisy(dataset: data.Dataset, rate: float, *, hold_out: int = 0) -> Data:
    """Returns training images with symmetric noise, each label drawn independently."""
    if not rate:
        return Data(dataset=dataset, hold_out=hold_out)
    flip = functools.partial(
        noise.symmetric, num_classes=dataset.num_classes, rate=rate, independent=True
    )
    return Data(dataset=dataset, hold_out=hold_out, noise=flip)


def cifar10(rate: float, depth: int = 56) -> Recipe:
    """Returns the recipe of Tables 2, 3 and 11: CIFAR-10 with symmetric noise."""
    recipe = Recipe(
        name=f"cifar10 {100 * rate:.0f} % wrong resnet{depth}",
        data=noisy(data.cifar10(), rate),
        model=resnet(depth, 10),
        batch_size=128,
        length=Steps(100_000),
        optimizer=cifar10_sgd,
        evaluations={
            "test": Classification({"top1": TOP1}),
            "train": Classification(FITTING, split="train", at_end=True),
        },
        evaluate_every=Steps(1000),
        smoke=resnet(8, 10),
    )
    return with_reduced(recipe)


def cifar10_n() -> Recipe:
    """Returns the recipe of CIFAR-10 with the worst labels of people, 40.2 % of them wrong."""
    recipe = dataclasses.replace(
        cifar10(0.0),
        name="cifar10n worst resnet56",
        data=Data(dataset=data.cifar10_n(labels="worst")),
    )
    return with_reduced(recipe)


def cifar100(rate: float, *, hold_out: int = 2500) -> Recipe:
    """Returns the recipe of CIFAR-100 with symmetric noise, ResNet-44.

    Args:
        rate: The rate of noise.
        hold_out: The number of training images that are held out. Tables 5 and 12 choose
            settings by them.
    """
    evaluations = {"test": Classification({"top1": TOP1})}
    if hold_out:
        evaluations["held-out"] = Classification({"top1": TOP1}, split="held-out")
    return Recipe(
        name=f"cifar100 {100 * rate:.0f} % wrong resnet44",
        data=noisy(data.cifar100(), rate, hold_out=hold_out),
        model=resnet(44, 100),
        batch_size=128,
        length=Steps(30_000),
        optimizer=cifar100_sgd,
        evaluations=evaluations,
        evaluate_every=Steps(1000),
        smoke=resnet(8, 100),
    )


def class_names(context: Context, dataset: data.Dataset) -> Sequence[str]:
    """Returns the names of the classes, or numbers in a smoke run, which reads no data."""
    if context.smoke:
        return [str(label) for label in range(dataset.num_classes)]
    return dataset.class_names(context.runner.settings.data_dir)
