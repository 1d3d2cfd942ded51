"""What IE's pages share: networks, optimizers and losses for MNIST and CIFAR.

[L] are Caffe's networks with the settings of their solvers, "the original settings" of the paper's
section 4.2: LeNet for MNIST, and both "quick" and "full" for CIFAR-10. [N] are the networks of the
paper's Table 1, and [P] is WRN-28-10.

Not in the paper:

-   How centers and variance start, and their weight decay. The centers start as in Wen et al.'s
    code. The variance starts at the mean squared distance of a batch from its centers before
    training, as Eq. (5) defines it, rounded: from 1, the IE of Algorithm 1 pulls the features of
    Caffe's LeNet to 0 in twenty steps, and they stay there. Both decay like all parameters.
-   The settings of L-Softmax, those of the authors' code: m = 4 for MNIST and m = 2 for CIFAR, and
    a weight of the softmax that falls from 1000 by 2.5e-5 a step to the power 35, for CIFAR by 2e-5
    to the power 45. "Softmax and L-Softmax jointly" is read as this weight.
-   The settings of the center loss, those of its authors for MNIST: the weight 0.01, and the rate
    0.5 of the centers.
-   Which of Caffe's two networks is "the Cifar10 network built in Caffe library". Its softmax has
    an accuracy of 78.12 %, between those of "quick" (about 75 %) and "full" (about 81 %).
-   The weight of IE for [P], here that for [N]. The batch of [N] for CIFAR, 128 as for [P].
-   Of [P]: "some differences" from WRN-28-10, here none; the constants of contrast normalization,
    those of pylearn2, and the statistics after it; the length and rate of the fine-tuning from the
    softmax network, here 60 epochs from 0.01. The classifiers of L-Softmax and IE are other layers
    than the softmax's and start at random.
"""

from collections.abc import Callable, Mapping
import dataclasses
import functools
import pathlib
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

import adrjax
from adrjax import backbones, data, embeddings, heads, losses, margins, optimizers
from experiments.harness import (
    Classification,
    Data,
    Epochs,
    FromRun,
    Method,
    Metric,
    Recipe,
    Run,
    Scratch,
    Steps,
)
from experiments.harness.metrics import TOP1, misses
from experiments.initializers import normal, zeros

ERROR = Metric(misses, scale=100.0, digits=2, unit="%", better="lower")
EVALUATIONS = {"test": Classification({"error": ERROR, "accuracy": TOP1})}
ALPHA = 0.1
MNIST_MARGIN = {"margin": 4, "base": 1000.0, "gamma": 2.5e-5, "power": 35.0}
CIFAR_MARGIN = {"margin": 2, "base": 1000.0, "gamma": 2e-5, "power": 45.0}
CIFAR_DIM = {10: 256, 100: 512}  # the features of [N], by the number of classes
# The statistics of CIFAR-10's training images after contrast normalization.
CONTRAST_MEAN, CONTRAST_STD = (0.0920, 0.0521, -0.1441), (1.0022, 0.9502, 1.0074)


def xavier(key: jax.Array, shape: Any, dtype: Any = jnp.float32) -> jax.Array:
    """Caffe's "xavier": uniform within the square root of 3 / fan_in."""
    return nn.initializers.lecun_uniform()(key, shape, dtype)


def lenet_sgd(steps: int) -> optax.GradientTransformation:
    """Caffe's solver for LeNet, with biases at twice the rate."""
    rate = optimizers.inverse_time_decay(0.01, gamma=1e-4, power=0.75)
    sgd = functools.partial(optimizers.caffe_sgd, momentum=0.9, weight_decay=5e-4)
    return optimizers.partition_by_path({"*bias": sgd(_twice(rate)), "*": sgd(rate)})


def mnist_sgd(steps: int) -> optax.GradientTransformation:
    """The optimizer of the paper's own network, with drops after 60 and 75 %."""
    rate = optimizers.step_decay(0.01, at=[12 * steps // 20, 15 * steps // 20])
    return optimizers.caffe_sgd(rate, momentum=0.9, weight_decay=5e-4)


def quick_sgd(steps: int) -> optax.GradientTransformation:
    """Caffe's solver for "quick", with biases at twice the rate."""
    rate = optimizers.step_decay(0.001, at=[4 * steps // 5])
    sgd = functools.partial(optimizers.caffe_sgd, momentum=0.9, weight_decay=0.004)
    return optimizers.partition_by_path({"*bias": sgd(_twice(rate)), "*": sgd(rate)})


def full_sgd(steps: int) -> optax.GradientTransformation:
    """Caffe's solver for "full", whose classifier decays 250 times as much."""
    rate = optimizers.step_decay(0.001, at=[6 * steps // 7, 13 * steps // 14])
    sgd = functools.partial(optimizers.caffe_sgd, momentum=0.9)
    return optimizers.partition_by_path(
        {
            "head/*kernel": sgd(rate, weight_decay=250 * 0.004),
            "head/*bias": sgd(_twice(rate)),
            "*conv3/bias": sgd(rate, weight_decay=0.004),
            "*bias": sgd(_twice(rate), weight_decay=0.004),
            "*": sgd(rate, weight_decay=0.004),
        }
    )


def cifar_sgd(steps: int) -> optax.GradientTransformation:
    """The optimizer of the paper's own networks, with drops after 10 and 17 of 22."""
    rate = optimizers.step_decay(0.01, at=[10 * steps // 22, 17 * steps // 22])
    return optimizers.caffe_sgd(rate, momentum=0.9, weight_decay=5e-4)


def wide_sgd(steps: int, *, start: float = 0.1) -> optax.GradientTransformation:
    """The optimizer of Wide ResNets, with drops after 30, 60 and 80 %."""
    rate = optimizers.step_decay(
        start, at=[3 * steps // 10, 6 * steps // 10, 8 * steps // 10], factor=0.2
    )
    return optimizers.sgd(rate, momentum=0.9, nesterov=True, weight_decay=5e-4)


def finetuning_sgd(steps: int) -> optax.GradientTransformation:
    """The same from a tenth of the rate, to fine-tune."""
    return wide_sgd(steps, start=0.01)


def _twice(rate: optax.Schedule) -> optax.Schedule:
    return lambda step: 2 * rate(step)


def contrast_then_channels(
    images: jax.Array, *, mean: tuple[float, ...], std: tuple[float, ...]
) -> jax.Array:
    """Global contrast normalization, then normalization of the channels."""
    contrast = data.augment.normalize_contrast(images, scale=55.0)
    return data.augment.normalize(contrast, mean=mean, std=std)


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


def methods(
    dim: int,
    lam: float,
    *,
    alpha: float = ALPHA,
    num_classes: int = 10,
    margin: Mapping[str, Any] = MNIST_MARGIN,
) -> dict[str, Method]:
    """Returns the methods.

    Args:
        dim: The number of features.
        lam: The weight of IE.
        alpha: The margin of IE's exponent.
        num_classes: The number of classes.
        margin: The settings of L-Softmax.
    """
    ie = {"lam": lam, "alpha": alpha, "inside": True, "learned": True}
    center = {"num_classes": num_classes, "dim": dim, "weight": 0.01, "alpha": 0.5}
    return {
        "Softmax": Method(losses.cross_entropy),
        "L-Softmax": Method(large_margin, margin),
        "Center": Method(softmax_and_center, center),
        "IE": Method(softmax_and_ie, ie),
        "IE, Eq. (6)": Method(softmax_and_ie, ie | {"inside": False}),
        "IE, batch variance": Method(softmax_and_ie, ie | {"learned": False}),
    }


def head(
    row: str,
    dim: int,
    init: dict[str, Any],
    num_classes: int = 10,
    variance: float = 1.0,
) -> nn.Module:
    """Returns the head that a method needs.

    Args:
        row: The name of the method.
        dim: The number of features.
        init: The initializers of the classifier; the default ones if empty.
        num_classes: The number of classes.
        variance: The variance of IE before training.
    """
    if row == "L-Softmax":
        kernel = {k: v for k, v in init.items() if k == "kernel_init"}
        return heads.Projection(num_classes, **kernel)
    if row.startswith("IE"):
        return heads.Centers(num_classes, dim, variance=variance, **init)
    return heads.Linear(num_classes, **init)


# Pixels are divided by 256 and not centered.
MNIST = dataclasses.replace(data.mnist(), mean=(0.0,), std=(256 / 255,))


def lenet(row: str) -> Recipe:
    """Returns [L], Caffe's LeNet, small enough for two CPU cores."""
    caffe = {"kernel_init": xavier, "bias_init": zeros}
    recipe = Recipe(
        name="mnist lenet",
        data=Data(dataset=MNIST),
        model=heads.Classifier(backbones.LeNet(), head(row, 500, caffe, variance=66.0)),
        batch_size=64,
        length=Steps(12_000),
        optimizer=lenet_sgd,
        evaluations=EVALUATIONS,
        evaluate_every=Steps(1000),
    )
    return dataclasses.replace(recipe, reduced=recipe)


def iemnist(row: str) -> Recipe:
    """Returns [N], the paper's own network."""
    return _own(row, backbones.IEMnist(axis_name="batch"), "mnist iemnist", 256, 98.0)


def iemnist2d(row: str) -> Recipe:
    """Returns the network with two features; its length and rate are those of [N]."""
    return _own(row, backbones.IEMnist2D(axis_name="batch"), "mnist iemnist2d", 2, 1.7)


def _own(row: str, backbone: nn.Module, name: str, dim: int, variance: float) -> Recipe:
    recipe = Recipe(
        name=name,
        data=Data(dataset=MNIST),
        model=heads.Classifier(backbone, head(row, dim, {}, variance=variance)),
        batch_size=256,
        length=Steps(20_000),
        optimizer=mnist_sgd,
        evaluations=EVALUATIONS,
        evaluate_every=Steps(1000),
    )
    reduced = dataclasses.replace(
        recipe, batch_size=64, length=Steps(2000), evaluate_every=Steps(500)
    )
    return dataclasses.replace(recipe, reduced=reduced)


def quick(row: str) -> Recipe:
    """Returns [L] for CIFAR-10 as Caffe's "quick", small enough for two CPU cores."""
    return _caffe(row, backbones.Cifar10Quick(), "cifar10 quick", 64, 0.1)


def full(row: str) -> Recipe:
    """Returns [L] for CIFAR-10 as Caffe's "full"."""
    return _caffe(row, backbones.Cifar10Full(), "cifar10 full", 1024, 0.01)


def _caffe(row: str, backbone: nn.Module, name: str, dim: int, std: float) -> Recipe:
    # The mean image is data.mean_image(data.cifar10().read("train")).
    mean = np.load(pathlib.Path(__file__).with_name("cifar10_mean.npy"))
    standardize = functools.partial(data.augment.normalize, mean=mean, std=1 / 255)
    dataset = dataclasses.replace(data.cifar10(augment=None), standardize=standardize)
    init = {"kernel_init": functools.partial(normal, std=std), "bias_init": zeros}
    is_quick = isinstance(backbone, backbones.Cifar10Quick)
    recipe = Recipe(
        name=name,
        data=Data(dataset=dataset),
        model=heads.Classifier(backbone, head(row, dim, init)),
        batch_size=100,
        length=Steps(5000 if is_quick else 70_000),
        optimizer=quick_sgd if is_quick else full_sgd,
        evaluations=EVALUATIONS,
        evaluate_every=Steps(500 if is_quick else 1000),
    )
    return dataclasses.replace(recipe, reduced=recipe if is_quick else None)


def cifar(row: str, num_classes: int) -> Recipe:
    """Returns [N] for CIFAR-10 or CIFAR-100, the paper's own networks."""
    is_10 = num_classes == 10
    dataset = data.cifar10 if is_10 else data.cifar100
    network = backbones.IECifar10 if is_10 else backbones.IECifar100
    variance = 106.0 if is_10 else 214.0
    of = head(row, CIFAR_DIM[num_classes], {}, num_classes, variance)
    small = network(axis_name="batch", stem=8, layers=1, widths=(8, 8, 8))
    return Recipe(
        name=f"cifar{num_classes} iecifar",
        data=Data(dataset=dataset(augment=data.augment.flip)),
        model=heads.Classifier(network(axis_name="batch"), of),
        batch_size=128,
        length=Steps(22_000),
        optimizer=cifar_sgd,
        evaluations=EVALUATIONS,
        evaluate_every=Steps(500),
        smoke=heads.Classifier(small, of),
    )


def wide(row: str, num_classes: int) -> Recipe:
    """Returns [P], WRN-28-10; other methods than softmax are fine-tuned from it."""
    if num_classes == 10:
        standardize = functools.partial(
            contrast_then_channels, mean=CONTRAST_MEAN, std=CONTRAST_STD
        )
        dataset = dataclasses.replace(data.cifar10(), standardize=standardize)
    else:
        dataset = data.cifar100(augment=data.augment.flip)
    of = head(row, 640, {}, num_classes, variance=105.0)
    start, is_first = Scratch(), row == "Softmax"
    if not is_first:
        start = FromRun(wide("Softmax", num_classes), Method(losses.cross_entropy))
    small = functools.partial(backbones.IECifar10, stem=8, layers=1, widths=(8, 8, 8))
    return Recipe(
        name=f"cifar{num_classes} wrn-28-10",
        data=Data(dataset=dataset),
        model=heads.Classifier(backbones.WideResNet28x10(axis_name="batch"), of),
        batch_size=128,
        length=Epochs(200 if is_first else 60),
        optimizer=wide_sgd if is_first else finetuning_sgd,
        evaluations=EVALUATIONS,
        start=start,
        smoke=heads.Classifier(small(features=640, axis_name="batch"), of),
    )


class Network(NamedTuple):
    """A network of the paper, and the settings of its losses.

    Attributes:
        recipe: Maps the name of a method to the recipe.
        dim: The number of features.
        lam: The weight of IE.
        alpha: The margin of IE.
        num_classes: The number of classes.
        margin: The settings of L-Softmax.
    """

    recipe: Callable[[str], Recipe]
    dim: int
    lam: float
    alpha: float = ALPHA
    num_classes: int = 10
    margin: Mapping[str, Any] = CIFAR_MARGIN

    def run(
        self, row: str, *, lam: float | None = None, alpha: float | None = None
    ) -> Run:
        """Returns the run of a method, with its own settings of IE if none are given."""
        found = methods(
            self.dim,
            self.lam if lam is None else lam,
            alpha=self.alpha if alpha is None else alpha,
            num_classes=self.num_classes,
            margin=self.margin,
        )
        return Run(self.recipe(row), found[row])


cifar10, cifar100 = (functools.partial(cifar, num_classes=n) for n in (10, 100))
wide10, wide100 = (functools.partial(wide, num_classes=n) for n in (10, 100))
# The weights of [P] are not in the paper, but those of [N].
NETWORKS = {
    "MNIST [L]": Network(lenet, 500, 0.43, margin=MNIST_MARGIN),
    "MNIST [N]": Network(iemnist, 256, 0.15, margin=MNIST_MARGIN),
    "CIFAR-10 [L] quick": Network(quick, 64, 0.27, 0.4),
    "CIFAR-10 [L] full": Network(full, 1024, 0.27, 0.4),
    "CIFAR-10 [N]": Network(cifar10, CIFAR_DIM[10], 0.07),
    "CIFAR-10 [P]": Network(wide10, 640, 0.07),
    "CIFAR-100 [N]": Network(cifar100, CIFAR_DIM[100], 0.007, num_classes=100),
    "CIFAR-100 [P]": Network(wide100, 640, 0.007, num_classes=100),
}
