"""What POD's pages share: data sets, networks, the optimizer, losses and measures.

A network is a ResNet-50, a linear layer FC1 to n features, and a head (Fig. 1). POD's losses have
fixed class centroids (PEDCC) as the head, the others learned class vectors. The sources are the
paper and the authors' code, github.com/TianYuZu/POD-Loss (de793fa).

Not in the paper:

-   FC1 in the networks of the other losses, which is assumed because Fig. 6 compares the features
    after FC1 of all losses.
-   The new momentum at each drop of the rate: the code makes a new SGD there.
-   The stem for FaceScrub, here the one for Tiny ImageNet, and which 100 people it is. The code has
    no max-pool for any data set, the paper one for Tiny ImageNet.
-   The means and deviations of the pixels, here from `adrjax.data`; the code has other deviations
    for CIFAR-10, and one mean and deviation for all other data sets.
-   The settings of the other losses: the weight and rate of Center (Wen et al.), the scales of
    AM-Softmax, ArcFace and CM (their papers), the linear tail of ArcFace (its code), scale, weight
    and root of PEDCC-Loss (its code), and the normalization and the second momentum of COT (its
    code).
-   The rotation of the centroids, which is random, and the centroids of more classes than a simplex
    has, which repel each other here.
-   Which classes the "top N classes" of ImageNet are: the first in the order of their WordNet ids.
-   The stem of DenseNet121, here the one of ResNet50. MobileNetV2 is unchanged, as its accuracy of
    84.31 % on CIFAR-10 suggests: of 32 x 32 pixels its strides leave one.
"""

from collections.abc import Mapping
import dataclasses
import functools
from typing import Any, Literal, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
import numpy as np
import optax

import adrjax
from adrjax import (
    backbones,
    centroids,
    data,
    embeddings,
    heads,
    losses,
    margins,
    metrics,
    optimizers,
    train,
)
from experiments.adr.table3 import alexnet_sgd
from experiments.harness import (
    Classification,
    Data,
    Epochs,
    Evaluation,
    Features,
    Method,
    Metric,
    Recipe,
    Run,
)
from experiments.harness.metrics import TOP1, feature_norms

Network = Literal["ResNet50", "DenseNet121", "MobileNetV2"]
TrainCrop = data.CenterCrop | data.RandomResizedCrop | None
DROPS = (30, 60, 90)  # of the rate, in per cent of the steps
REDUCED_DROPS = (100 * 81 / 164, 100 * 122 / 164)  # of `alexnet_sgd`


class Images(NamedTuple):
    """A data set, and what depends on it.

    Attributes:
        dataset: The data set.
        dim: The number n of features after FC1, Table 3.
        pool: Whether a max-pool follows the stem.
        stem: The first convolution, as `backbones.ResNet50` has it.
        crops: The crops that training and test images are decoded with, if they have many
            sizes.
    """

    dataset: data.Dataset
    dim: int
    pool: bool
    stem: Literal["cifar", "imagenet"] = "cifar"
    crops: tuple[TrainCrop, data.CenterCrop | None] = (None, None)


DATASETS = {
    "CIFAR-10": Images(data.cifar10(), dim=256, pool=False),
    "CIFAR-100": Images(data.cifar100(), dim=512, pool=False),
    "Tiny ImageNet": Images(data.tiny_imagenet(), dim=512, pool=True),
    "FaceScrub": Images(
        data.first_classes(data.facescrub(data.augment.pad_crop_flip), 100),
        dim=512,
        pool=True,
        crops=(data.CenterCrop(64, share=1.0), data.CenterCrop(64, share=1.0)),
    ),
}
IMAGENETS = {
    f"ImageNet({num_classes})": Images(
        data.first_classes(data.imagenet2012(data.augment.flip), num_classes),
        dim=dim,
        pool=True,
        stem="imagenet",
        crops=(data.RandomResizedCrop(224), data.CenterCrop(224)),
    )
    for num_classes, dim in (
        (30, 256),
        (100, 512),
        (200, 512),
        (500, 1024),
        (1000, 2048),
    )
}
ALL = DATASETS | IMAGENETS


def am_softmax(
    cosines: jax.Array, labels: jax.Array, *, margin: float, scale: float
) -> jax.Array:
    """AM-Softmax: cross entropy with CosFace's margin."""
    logits = margins.cosface(cosines, labels, margin=margin, scale=scale)
    return losses.cross_entropy(logits, labels)


def arcface(
    cosines: jax.Array, labels: jax.Array, *, margin: float, scale: float
) -> jax.Array:
    """Cross entropy with ArcFace's margin and a linear tail.

    Without the linear tail a label at an angle of pi has a larger logit than the other
    classes there: class vectors that coincide, opposite to all features, give almost no loss.
    """
    logits = margins.arcface(
        cosines, labels, margin=margin, scale=scale, linear_tail=True
    )
    return losses.cross_entropy(logits, labels)


def combined_margin(
    cosines: jax.Array,
    labels: jax.Array,
    *,
    m1: float,
    m2: float,
    m3: float,
    scale: float,
) -> jax.Array:
    """CM: cross entropy with the combined margin."""
    logits = margins.combined_margin(cosines, labels, m1=m1, m2=m2, m3=m3, scale=scale)
    return losses.cross_entropy(logits, labels)


def softmax_and_center(
    *, num_classes: int, dim: int, weight: float, alpha: float, axis_name: str
) -> dict[str, Any]:
    """Cross entropy and a weighted center loss."""
    center = embeddings.running_center(
        num_classes, dim, alpha=alpha, axis_name=axis_name
    )
    return {
        "softmax": adrjax.select(losses.cross_entropy, "logits"),
        "center": adrjax.weighted(adrjax.select(center, "features"), weight),
    }


@functools.cache
def points(num_classes: int, dim: int) -> np.ndarray:
    """Returns the centroids of the classes, `[num_classes, dim]`.

    They are a simplex, and where there is none, points that repel each other.
    """
    has_simplex = num_classes <= dim + 1
    make = centroids.simplex if has_simplex else centroids.repulsion
    with jax.ensure_compile_time_eval():
        return np.asarray(make(jax.random.key(0), num_classes, dim))


class Predefined(nn.Module):
    """`heads.Fixed` with the centroids of `points`.

    Head and losses have the centroids by the numbers of classes and dimensions, because a
    run is found by them: the last bits of the centroids depend on the device.
    """

    num_classes: int
    dim: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, features: jax.Array) -> adrjax.Outputs:
        """Returns the features unchanged, and their cosines as logits."""
        return heads.Fixed(points(self.num_classes, self.dim), self.dtype)(features)


def pedcc(
    features: jax.Array, labels: jax.Array, *, num_classes: int, **settings: Any
) -> jax.Array:
    """PEDCC-Loss with the centroids of `points`."""
    fixed = points(num_classes, features.shape[-1])
    return embeddings.pedcc(features, labels, fixed, **settings)


def cosine(features: jax.Array, labels: jax.Array, *, num_classes: int) -> jax.Array:
    """Cosine loss with the centroids of `points`."""
    return embeddings.cosine(features, labels, points(num_classes, features.shape[-1]))


def nac(*, num_classes: int, dim: int, **settings: Any) -> adrjax.StatefulLoss:
    """NaC with the centroids of `points`."""
    return embeddings.nac(points(num_classes, dim), **settings)


def pod(*, num_classes: int, dim: int, **settings: Any) -> adrjax.StatefulLoss:
    """POD with the centroids of `points`."""
    return embeddings.pod(points(num_classes, dim), **settings)


def methods(num_classes: int, dim: int) -> dict[str, tuple[nn.Module, Method]]:
    """Returns the head and the loss of each row of Table 4."""
    linear, cosines = heads.Linear(num_classes), heads.Cosine(num_classes)
    fixed = Predefined(num_classes, dim)
    everywhere = {"axis_name": "batch"}
    sizes = {"num_classes": num_classes, "dim": dim}
    center = sizes | everywhere | {"weight": 0.003, "alpha": 0.5}
    combined = {"m1": 0.9, "m2": 0.4, "m3": 0.15, "scale": 64.0}
    of_classes = {"num_classes": num_classes}
    with_mse = (
        of_classes | everywhere | {"margin": 0.5, "scale": 15.0, "lam": 1.0, "n": 1}
    )
    adaptive = sizes | everywhere | {"alpha": 0.01}
    whole = adaptive | {"lam": 1.0}
    printed = {"first_epoch": 1, "initial_delta": 0.0005}
    in_code = {"hypot": True, "norm_of": "logits", "per_dimension": True}
    complement = Method(losses.complement_entropy, {"normalizer": "c"})
    # fmt: off
    return {
        "Softmax": (linear, Method(losses.cross_entropy)),
        "Center": (linear, Method(softmax_and_center, center)),
        "AM-Softmax": (cosines, Method(am_softmax, {"margin": 0.35, "scale": 30.0})),
        "ArcFace": (cosines, Method(arcface, {"margin": 0.5, "scale": 64.0})),
        "CM": (cosines, Method(combined_margin, combined)),
        "COT": (linear, Method(losses.cross_entropy, then=complement)),
        "PEDCC-Loss": (fixed, Method(pedcc, with_mse)),
        "Cosine": (fixed, Method(cosine, of_classes)),
        "NaC": (fixed, Method(nac, adaptive, on="features")),
        "POD": (fixed, Method(pod, whole, on="features")),
        "POD, printed M0": (fixed, Method(pod, whole | printed, on="features")),
        "POD, as in the code": (fixed, Method(pod, whole | in_code, on="features")),
    }
    # fmt: on


def sgd(
    steps: int, *, rate: float = 0.1, weight_decay: float = 5e-4
) -> optax.GradientTransformation:
    """SGD with a tenth of the rate, and no momentum, at each of the `DROPS`."""
    at = [drop * steps // 100 for drop in DROPS]
    schedule = optimizers.step_decay(rate, at=at)
    plain = optimizers.sgd(schedule, momentum=0.9, weight_decay=weight_decay)
    return optimizers.reset_momentum(plain, at=at)


def reduced_sgd(steps: int) -> optax.GradientTransformation:
    """SGD of ADR's Table 3 for AlexNet, with gradients of at most norm 5 as in insightface.

    The first features of AlexNet are short and almost the same for all images. The
    gradients of margins are inversely proportional to their length, and the first steps
    without a limit make all features parallel and a thousand times as long.
    """
    return optax.chain(optax.clip_by_global_norm(5.0), alexnet_sgd(steps))


def geometry(test: train.Predictions, *, is_fixed: bool) -> dict[str, float]:
    """Returns lengths and directions of the features of test images.

    Args:
        test: The predictions.
        is_fixed: Whether the centroids are from `points`. If not, the directions of the
            classes' mean features, from the mean of all features, take their place, because
            centroids have the mean 0.
    """
    features, labels = test.features, test.labels
    num_classes, dim = test.logits.shape[-1], features.shape[-1]
    norms = np.linalg.norm(features, axis=1)
    if is_fixed:
        centers = points(num_classes, dim)
    else:
        features = features - features.mean(axis=0)
        centers = np.zeros((num_classes, dim), np.float32)
        np.add.at(centers, labels, features)
        lengths = np.linalg.norm(centers, axis=1, keepdims=True)
        centers /= np.maximum(lengths, np.finfo(np.float32).tiny)
    cosines = metrics.cosine_similarity(features, centers[labels])
    correlation = embeddings.self_correlation(features, labels, centers)
    return {
        "norm": float(norms.mean()),
        "norm_spread": float(norms.std() / norms.mean()),
        "cosine": float(cosines.mean()),
        "self_correlation": float(correlation),
    }


GEOMETRY = {
    "norm": Metric(feature_norms, better=None),
    "norm_spread": Metric(feature_norms, digits=3, better=None),
    "cosine": Metric(feature_norms, digits=3),
    "self_correlation": Metric(feature_norms, digits=4, better="lower"),
}


def recipe(
    name: str,
    head: nn.Module,
    *,
    dim: int | None = None,
    network: Network = "ResNet50",
) -> Recipe:
    """Returns the recipe of a data set of `DATASETS` or `IMAGENETS`.

    Args:
        name: The name of the data set.
        head: The head.
        dim: The number n of features after FC1; from Table 3 by default.
        network: The backbone.
    """
    images = ALL[name]
    dim = images.dim if dim is None else dim
    measure = functools.partial(geometry, is_fixed=isinstance(head, Predefined))
    train_crop, test_crop = images.crops

    def model(backbone: nn.Module) -> heads.Classifier:
        return heads.Classifier(backbone, head, neck=heads.Embedding(dim))

    full = Recipe(
        name=f"{name} {network.lower()}",
        data=Data(dataset=images.dataset, crop=train_crop),
        model=model(backbone(network, images)),
        batch_size=128,
        length=Epochs(100),
        optimizer=sgd,
        evaluations={
            "test": Classification({"top1": TOP1}, crop=test_crop),
            "features": Features(measure, GEOMETRY, splits=("test",), crop=test_crop),
        },
        smoke=model(backbones.CifarResNet(depth=8, axis_name="batch")),
    )
    if name in IMAGENETS:
        decay = functools.partial(sgd, weight_decay=1e-4)
        return dataclasses.replace(full, batch_size=96, optimizer=decay)
    if name != "CIFAR-10" or network == "DenseNet121":
        return full
    if network == "MobileNetV2":
        reduced = dataclasses.replace(full, length=Epochs(10))
        return dataclasses.replace(full, reduced=reduced)
    reduced = dataclasses.replace(
        full,
        name=f"{name} alexnet",
        model=model(backbones.AlexNet()),
        length=Epochs(8),
        optimizer=reduced_sgd,
        smoke=None,
    )
    return dataclasses.replace(full, reduced=reduced)


def backbone(network: Network, images: Images) -> nn.Module:
    """Returns a backbone with the stem for a data set."""
    if network == "MobileNetV2":
        return backbones.MobileNetV2(axis_name="batch")
    make = {"ResNet50": backbones.ResNet50, "DenseNet121": backbones.DenseNet121}[
        network
    ]
    return make(stem=images.stem, pool=images.pool, axis_name="batch")


def run(
    row: str, name: str, *, dim: int | None = None, network: Network = "ResNet50"
) -> Run:
    """Returns the network of a row of Table 4 for a data set.

    Args:
        row: The name of the row.
        name: The name of the data set.
        dim: The number n of features after FC1; from Table 3 by default.
        network: The backbone.
    """
    images = ALL[name]
    found = methods(images.dataset.num_classes, images.dim if dim is None else dim)
    head, method = found[row]
    return Run(recipe(name, head, dim=dim, network=network), method)


def measured(run: Run, evaluations: Mapping[str, Evaluation]) -> Run:
    """Returns a run with more evaluations, reduced or not.

    Evaluations at the end can be added to a network that is trained already.
    """

    def more(recipe: Recipe) -> Recipe:
        every = {**recipe.evaluations, **evaluations}
        reduced = None if recipe.reduced is None else more(recipe.reduced)
        return dataclasses.replace(recipe, evaluations=every, reduced=reduced)

    return dataclasses.replace(run, recipe=more(run.recipe))
