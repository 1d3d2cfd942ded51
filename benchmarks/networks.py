"""The size of each network of the papers: the table of docs/networks.md.

    python -m benchmarks.networks

Parameters include a linear classifier. Multiply-accumulates (MACs) are half the
floating-point operations that XLA counts in one forward pass.
"""

import functools
import math
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from adrjax import backbones, heads


class Network(NamedTuple):
    """A backbone and its use in the papers.

    Attributes:
        name: The name in `adrjax.backbones`.
        paper: The origin of the network.
        image: The input, `(height, width, channels)`; for clips, frames come first.
        classes: The classes of the classifier, 0 for no classifier.
        tables: The tables and figures of the papers that use the network.
    """

    name: str
    paper: str
    image: tuple[int, ...]
    classes: int
    tables: str


CIFAR, MNIST, IMAGENET, FACE = (32, 32, 3), (28, 28, 1), (224, 224, 3), (112, 112, 3)
IE_FACE, CLIP = (112, 96, 3), (16, 224, 224, 3)
HE, IE, INSIGHTFACE = "He et al., ResNet", "Wu et al., IE", "insightface"
NETWORKS = [
    Network(
        "AlexNet",
        "Krizhevsky et al., for CIFAR",
        CIFAR,
        10,
        "ADR 3, 4, Figs. 2 to 6; GSC 1, 2",
    ),
    Network("ConvMixer", "Trockman and Kolter", CIFAR, 10, "ADR 3; GSC 1"),
    Network("CifarResNet20", HE, CIFAR, 10, "GR 2, Fig. 4"),
    Network("CifarResNet32", HE, CIFAR, 10, ""),
    Network("CifarResNet44", HE, CIFAR, 10, "GR 2, 5, 8 to 10, 12"),
    Network("CifarResNet56", HE, CIFAR, 10, "GR 2, 3, 11, Figs. 2, 5 to 10"),
    Network("CifarResNet110", HE, CIFAR, 10, ""),
    Network(
        "PreActResNet44", "He et al., Identity Mappings", CIFAR, 100, "GR 5, quoted"
    ),
    Network("ResNet18", HE, IMAGENET, 1000, ""),
    Network("ResNet34", HE, IMAGENET, 1000, ""),
    Network(
        "ResNet50",
        HE,
        IMAGENET,
        1000,
        "ADR 1, 2; GSC 3, 4; POD 1 to 7, 9, Figs. 4, 5; GR 6",
    ),
    Network("ResNet101", HE, IMAGENET, 1000, "ADR 1; GSC 3"),
    Network("ResNet152", HE, IMAGENET, 1000, ""),
    Network("WideResNet28x10", "Zagoruyko and Komodakis", CIFAR, 10, "IE 3, 4"),
    Network("DenseNet121", "Huang et al.", IMAGENET, 1000, "POD 7"),
    Network("MobileNetV2", "Sandler et al.", IMAGENET, 1000, "POD 7"),
    Network("GoogLeNet", "Szegedy et al., V1", IMAGENET, 1000, "GR 4"),
    Network("InceptionBN", "Ioffe and Szegedy, V2", (227, 227, 3), 1000, "GR 7"),
    Network("ViTTiny16", "Touvron et al., DeiT", IMAGENET, 1000, ""),
    Network("ViTSmall16", "Touvron et al., DeiT", IMAGENET, 1000, ""),
    Network("ViTBase16", "Dosovitskiy et al.", IMAGENET, 1000, "ADR 1; POD 8"),
    Network("SwinTiny", "Liu et al.", IMAGENET, 1000, ""),
    Network("SwinBase", "Liu et al.", IMAGENET, 1000, "POD 8"),
    Network("IResNet18", INSIGHTFACE, FACE, 0, "ADR 6; GSC 5"),
    Network("IResNet34", INSIGHTFACE, FACE, 0, ""),
    Network("IResNet50", INSIGHTFACE, FACE, 0, ""),
    Network("IResNet100", INSIGHTFACE, FACE, 0, ""),
    Network("FerVGG", "Khaireddin and Chen", (40, 40, 1), 7, "ADR 7; GSC 6"),
    Network("ResNet3D34", "Hara et al., 3D", CLIP, 60, "ADR 8; GSC 7"),
    Network("LeNet", "Caffe", MNIST, 10, "IE 2"),
    Network("Cifar10Quick", "Caffe", CIFAR, 10, "IE 3"),
    Network("Cifar10Full", "Caffe", CIFAR, 10, "IE 3"),
    Network("CifarNet", "Jiang et al., MentorNet", CIFAR, 10, "GR 4, quoted"),
    Network("IEMnist2D", IE, MNIST, 10, "IE Fig. 2"),
    Network("IEMnist", IE, MNIST, 10, "IE 2"),
    Network("IECifar10", IE, CIFAR, 10, "IE 3"),
    Network("IECifar100", IE, CIFAR, 100, "IE 4"),
    Network("IEFace", IE, IE_FACE, 10_575, "IE 6"),
    Network("IEFaceWide", IE, IE_FACE, 10_575, "IE 6"),
    Network("SegmentationNet", "Kim et al.", IMAGENET, 0, "ADR Fig. 8; GSC Fig. 8"),
]


def model_of(network: Network) -> nn.Module:
    """Returns the backbone, with a linear classifier if there are classes."""
    backbone = getattr(backbones, network.name)()
    if not network.classes:
        return backbone
    head = heads.Linear(network.classes)
    return heads.Classifier(backbone=backbone, head=head)


def size_of(network: Network) -> tuple[int, float]:
    """Returns the number of parameters, and of MACs of one image, by tracing."""
    model = model_of(network)
    image = jax.ShapeDtypeStruct((1, *network.image), jnp.float32)
    variables = jax.eval_shape(
        functools.partial(model.init, train=False), jax.random.key(0), image
    )
    apply = functools.partial(model.apply, train=False)
    cost = jax.jit(apply).lower(variables, image).cost_analysis()
    assert cost is not None
    parameters = sum(math.prod(x.shape) for x in jax.tree.leaves(variables["params"]))
    return parameters, cost["flops"] / 2


def table() -> str:
    """Returns the table of docs/networks.md."""
    lines = [
        "| network | from | input | classes | parameters | MACs, million | tables |",
        "|---|---|---|---:|---:|---:|---|",
    ]
    for network in NETWORKS:
        parameters, macs = size_of(network)
        image = " x ".join(map(str, network.image))
        lines.append(
            f"| `{network.name}` | {network.paper} | {image} | "
            f"{network.classes or ''} | {parameters:,} | {macs / 1e6:,.1f} | "
            f"{network.tables} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
