"""What POD's pages share: data sets, networks, the optimizer, losses and measures.

A network is a ResNet-50, a linear layer FC1 to n features, and a head (Fig. 1). POD's losses have
fixed class centroids (PEDCC) as the head, the others learned class vectors. The sources are the
paper and the authors' code, github.com/TianYuZu/POD-Loss (de793fa).

Not in the paper:

-   FC1 in the networks of the other losses, which is assumed because Fig. 6 compares the features
    after FC1 of all losses.
-   The new momentum at each drop of the rate: the code makes a new SGD there.
-   The stem for FaceScrub, which is that of Tiny ImageNet here, and which 100 people it is. The
    code has no max-pool for any data set, the paper one for Tiny ImageNet.
-   The means and deviations of the pixels, which are those of `adrjax.data`; the code has other
    deviations for CIFAR-10, and one mean and deviation for all other data sets.
-   The settings of the other losses: the weight and rate of Center (Wen et al.), the scales of
    AM-Softmax, ArcFace and CM (their papers), the linear tail of ArcFace (its code), scale, weight
    and root of PEDCC-Loss (its code), and the normalization and the second momentum of COT (its
    code).
-   The rotation of the centroids, which is random.
"""

import dataclasses
import functools
from typing import Any, NamedTuple

import flax.linen as nn
import jax
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
    Features,
    Method,
    Metric,
    Recipe,
    Run,
)
from experiments.harness.metrics import TOP1, feature_norms


class Images(NamedTuple):
    """A data set, and what depends on it.

    Attributes:
        dataset: The data set.
        dim: The number n of features after FC1, Table 3.
        pool: Whether a max-pool follows the stem.
        crop: The crop that images are decoded with, if they have many sizes.
    """

    dataset: data.Dataset
    dim: int
    pool: bool
    crop: data.CenterCrop | None = None


DATASETS = {
    "CIFAR-10": Images(data.cifar10(), dim=256, pool=False),
    "CIFAR-100": Images(data.cifar100(), dim=512, pool=False),
    "Tiny ImageNet": Images(data.tiny_imagenet(), dim=512, pool=True),
    "FaceScrub": Images(
        data.first_classes(data.facescrub(data.augment.pad_crop_flip), 100),
        dim=512,
        pool=True,
        crop=data.CenterCrop(64, share=1.0),
    ),
}


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
def simplex(num_classes: int, dim: int) -> np.ndarray:
    """Returns the centroids, `[num_classes, dim]`."""
    return np.asarray(centroids.simplex(jax.random.key(0), num_classes, dim))


def methods(num_classes: int, dim: int) -> dict[str, tuple[nn.Module, Method]]:
    """Returns the head and the loss of each row of Table 4."""
    linear, cosine = heads.Linear(num_classes), heads.Cosine(num_classes)
    points = simplex(num_classes, dim)
    fixed = heads.Fixed(points)
    everywhere = {"axis_name": "batch"}
    center = {"num_classes": num_classes, "dim": dim, "weight": 0.003, "alpha": 0.5}
    combined = {"m1": 0.9, "m2": 0.4, "m3": 0.15, "scale": 64.0}
    to_points = {"centroids": points}
    pedcc = {"margin": 0.5, "scale": 15.0, "lam": 1.0, "n": 1}
    nac = to_points | everywhere | {"alpha": 0.01}
    pod = nac | {"lam": 1.0}
    printed = {"first_epoch": 1, "initial_delta": 0.0005}
    in_code = {"hypot": True, "norm_of": "logits", "per_dimension": True}
    complement = Method(losses.complement_entropy, {"normalizer": "c"})
    # fmt: off
    return {
        "Softmax": (linear, Method(losses.cross_entropy)),
        "Center": (linear, Method(softmax_and_center, center | everywhere)),
        "AM-Softmax": (cosine, Method(am_softmax, {"margin": 0.35, "scale": 30.0})),
        "ArcFace": (cosine, Method(arcface, {"margin": 0.5, "scale": 64.0})),
        "CM": (cosine, Method(combined_margin, combined)),
        "COT": (linear, Method(losses.cross_entropy, then=complement)),
        "PEDCC-Loss": (fixed, Method(embeddings.pedcc, to_points | pedcc | everywhere)),
        "Cosine": (fixed, Method(embeddings.cosine, to_points)),
        "NaC": (fixed, Method(embeddings.nac, nac, on="features")),
        "POD": (fixed, Method(embeddings.pod, pod, on="features")),
        "POD, printed M0": (fixed, Method(embeddings.pod, pod | printed, on="features")),
        "POD, as in the code": (fixed, Method(embeddings.pod, pod | in_code, on="features")),
    }
    # fmt: on


def sgd(steps: int) -> optax.GradientTransformation:
    """SGD with a tenth of the rate, and no momentum, after 30, 60 and 90 % of the steps."""
    at = [30 * steps // 100, 60 * steps // 100, 90 * steps // 100]
    rate = optimizers.step_decay(0.1, at=at)
    plain = optimizers.sgd(rate, momentum=0.9, weight_decay=5e-4)
    return optimizers.reset_momentum(plain, at=at)


def reduced_sgd(steps: int) -> optax.GradientTransformation:
    """SGD of ADR's Table 3 for AlexNet, with gradients of at most norm 5 as in insightface.

    The first features of AlexNet are short and almost the same for all images. The
    gradients of margins are inversely proportional to their length, and the first steps
    without a limit make all features parallel and a thousand times as long.
    """
    return optax.chain(optax.clip_by_global_norm(5.0), alexnet_sgd(steps))


def geometry(
    test: train.Predictions, *, centroids: np.ndarray | None
) -> dict[str, float]:
    """Returns lengths and directions of the features of test images.

    Args:
        test: The predictions.
        centroids: The centroids of the classes, `[num_classes, dim]`. None takes the
            directions of the classes' mean features, from the mean of all features,
            because centroids have the mean 0.
    """
    features, labels, points = test.features, test.labels, centroids
    norms = np.linalg.norm(features, axis=1)
    if points is None:
        features = features - features.mean(axis=0)
        points = np.zeros((test.logits.shape[-1], features.shape[-1]), np.float32)
        np.add.at(points, labels, features)
        lengths = np.linalg.norm(points, axis=1, keepdims=True)
        points /= np.maximum(lengths, np.finfo(np.float32).tiny)
    cosines = metrics.cosine_similarity(features, points[labels])
    correlation = embeddings.self_correlation(features, labels, points)
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


def recipe(name: str, head: nn.Module) -> Recipe:
    """Returns the recipe of a data set of `DATASETS` and a head."""
    images = DATASETS[name]
    points = None
    if isinstance(head, heads.Fixed):
        points = simplex(images.dataset.num_classes, images.dim)
    measure = functools.partial(geometry, centroids=points)

    def model(backbone: nn.Module) -> heads.Classifier:
        return heads.Classifier(backbone, head, neck=heads.Embedding(images.dim))

    resnet = backbones.ResNet50(stem="cifar", pool=images.pool, axis_name="batch")
    full = Recipe(
        name=f"{name} resnet50",
        data=Data(dataset=images.dataset, crop=images.crop),
        model=model(resnet),
        batch_size=128,
        length=Epochs(100),
        optimizer=sgd,
        evaluations={
            "test": Classification({"top1": TOP1}, crop=images.crop),
            "features": Features(measure, GEOMETRY, splits=("test",), crop=images.crop),
        },
        smoke=model(backbones.CifarResNet(depth=8, axis_name="batch")),
    )
    if name != "CIFAR-10":
        return full
    reduced = dataclasses.replace(
        full,
        name=f"{name} alexnet",
        model=model(backbones.AlexNet()),
        length=Epochs(8),
        optimizer=reduced_sgd,
        smoke=None,
    )
    return dataclasses.replace(full, reduced=reduced)


def run(row: str, name: str) -> Run:
    """Returns the network of a row and a column of Table 4."""
    images = DATASETS[name]
    head, method = methods(images.dataset.num_classes, images.dim)[row]
    return Run(recipe(name, head), method)
