"""Every family equals its PyTorch original: values, gradients, running statistics.

With torch installed, run `pytest tests/backbones/test_parity.py -m parity`.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import backbones

torch = pytest.importorskip("torch", reason="the originals are in PyTorch")
plain = pytest.importorskip("tests.backbones._plain_twins")
twins = pytest.importorskip("benchmarks.networks_in_torch")

pytestmark = [
    pytest.mark.parity,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel"),
]

CIFAR, MNIST = (32, 32, 3), (28, 28, 1)
SMALL = {"blocks": (1, 2, 1, 1)}
small_resnet = functools.partial(twins.resnet, (1, 2, 1, 1))
cifar_stem = {"stem": (3, 1, 1), "pool": False}

FAMILIES = {  # our network, the original, the image
    "AlexNet": (backbones.AlexNet(), twins.alexnet, CIFAR),
    "ConvMixer": (
        backbones.ConvMixer(dim=16, depth=2),
        twins.convmixer(16, 2, 5, 2),
        (16, 16, 3),
    ),
    "ConvMixer with ReLU": (
        backbones.ConvMixer(dim=16, depth=2, activation=jax.nn.relu),
        twins.convmixer(16, 2, 5, 2, torch.nn.functional.relu),
        (16, 16, 3),
    ),
    "ConvMixer with an even kernel": (
        backbones.ConvMixer(dim=8, depth=1, kernel=4, patch=4),
        twins.convmixer(8, 1, 4, 4),
        CIFAR,
    ),
    "DigitsCNN": (backbones.DigitsCNN(), twins.digits_cnn, (8, 8, 1)),
    "CifarResNet": (backbones.CifarResNet(depth=14), twins.cifar_resnet(2), CIFAR),
    "PreActResNet": (backbones.PreActResNet(depth=14), twins.preact_resnet(2), CIFAR),
    "WideResNet": (
        backbones.WideResNet(depth=16, widen=2),
        twins.wide_resnet(2, 2),
        CIFAR,
    ),
    "ResNet": (
        backbones.ResNet(bottleneck=False, **SMALL),
        small_resnet(twins.basic_block),
        (33, 32, 3),
    ),
    "ResNet of bottlenecks": (
        backbones.ResNet(bottleneck=True, stem="cifar", pool=False, **SMALL),
        small_resnet(twins.bottleneck, **cifar_stem),
        (16, 16, 3),
    ),
    "ResNet3D": (
        backbones.ResNet3D(dropout=0.0, **SMALL),
        small_resnet(twins.basic_block, stem=(7, (1, 2, 2), 3)),
        (5, 17, 16, 1),
    ),
    "IResNet": (backbones.IResNet(**SMALL), twins.iresnet((1, 2, 1, 1)), (112, 112, 3)),
    "DenseNet": (
        backbones.DenseNet(blocks=(2, 1, 2, 1), growth=8),
        twins.densenet((2, 1, 2, 1), 8),
        (33, 32, 3),
    ),
    "DenseNet for CIFAR": (
        backbones.DenseNet(blocks=(1, 1, 2, 1), growth=8, stem="cifar", pool=False),
        twins.densenet((1, 1, 2, 1), 8, **cifar_stem),
        CIFAR,
    ),
    "MobileNetV2": (
        backbones.MobileNetV2(dropout=0.0),
        twins.mobilenet_v2,
        (33, 32, 3),
    ),
    "GoogLeNet": (backbones.GoogLeNet(dropout=0.0), plain.googlenet, (38, 32, 3)),
    "InceptionBN": (backbones.InceptionBN(), plain.inception_bn, (38, 32, 3)),
    "FerVGG": (backbones.FerVGG(dropout=0.0), plain.fer_vgg, (40, 40, 1)),
    "CifarNet": (backbones.CifarNet(dropout=0.0), plain.cifarnet, CIFAR),
    "LeNet": (backbones.LeNet(), twins.lenet, MNIST),
    "Cifar10Quick": (backbones.Cifar10Quick(), plain.cifar10_quick, CIFAR),
    "Cifar10Full": (backbones.Cifar10Full(), plain.cifar10_full, CIFAR),
    "IEMnist2D": (
        backbones.IEMnist2D(),
        twins.ie_net(0, 2, (32, 64, 128), 5, 2),
        MNIST,
    ),
    "IECifar10": (
        backbones.IECifar10(),
        twins.ie_net(64, 4, (64, 96, 128), 3, 256),
        CIFAR,
    ),
    "IEFace": (backbones.IEFace(), plain.ie_face, (112, 96, 3)),
    "SegmentationNet": (
        backbones.SegmentationNet(features=8, layers=3),
        plain.segmentation_net(3, 8),
        (9, 12, 3),
    ),
}

LEAVES = {
    "running_mean": ("batch_stats", "mean"),
    "running_var": ("batch_stats", "var"),
    "bias": ("params", "bias"),
}
LAYOUTS = {5: (2, 3, 4, 1, 0), 4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}


def to_linen(tensors):
    """Maps torch's names and layouts to those of a backbone's variables."""
    variables = {"params": {}, "batch_stats": {}}
    for name, tensor in tensors.items():
        layer, _, leaf = name.rpartition(".")
        is_fixed = leaf == "weight" and not tensor.requires_grad
        if leaf == "num_batches_tracked" or is_fixed:
            continue
        value = tensor.detach().numpy().copy()
        weight = "scale" if value.ndim == 1 else "kernel"
        collection, key = LEAVES.get(leaf, ("params", weight))
        value = value.transpose(LAYOUTS[value.ndim])
        variables[collection].setdefault(layer, {})[key] = value
    return variables


def state_of(twin):
    return to_linen(twin.state_dict(keep_vars=True))


def gradients_of(twin):
    trained = ((k, p) for k, p in twin.named_parameters() if p.requires_grad)
    return to_linen({k: p.grad.requires_grad_() for k, p in trained})["params"]


def randomize_batch_norms(twin):
    """Draws all values of batch norms, and counts what each layer averages over."""
    counts = {}

    def count(name):
        def hook(module, inputs):
            counts[name] = inputs[0][:, 0].numel()

        return hook

    for name, module in twin.named_modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            for tensor in (module.weight, module.bias, module.running_mean):
                if tensor is module.running_mean or tensor.requires_grad:
                    torch.nn.init.normal_(tensor, mean=0.5, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
            module.register_forward_pre_hook(count(name))
    return counts


def assert_trees_close(actual, expected):
    """Compares trees of one structure, each leaf relative to its largest value.

    Leaves much smaller than the rest of the tree, such as the gradient of a bias before
    batch norm, are compared relative to the rest.
    """
    floor = 1e-3 * max(np.abs(y).max() for y in jax.tree.leaves(expected))

    def compare(path, x, y):
        atol = 1e-6 * max(np.abs(y).max(), floor)
        np.testing.assert_allclose(
            x, y, rtol=0, atol=atol, err_msg=jax.tree_util.keystr(path)
        )

    jax.tree_util.tree_map_with_path(compare, actual, expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_and_the_evaluation_after_it_equal_torch(family):
    model, network, shape = FAMILIES[family]
    model = model.clone(dtype=jnp.float64)
    torch.manual_seed(0)
    twin = twins.Twin(network, shape).double().train()
    counts = randomize_batch_norms(twin)
    before = state_of(twin)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, *shape))
    images = torch.from_numpy(x).movedim(-1, 1)

    features = twin(images)
    weights = rng.normal(size=features.shape)
    (features * torch.from_numpy(weights)).sum().backward()
    gradients, after = gradients_of(twin), state_of(twin)
    evaluated = twin.eval()(images).detach().numpy()

    def loss(params, stats):
        features, updates = model.apply(
            {"params": params, "batch_stats": stats},
            x,
            train=True,
            mutable=["batch_stats"],
        )
        return jnp.sum(features * weights), (features, updates)

    step = jax.grad(loss, has_aux=True)
    evaluate = functools.partial(model.apply, x=x, train=False)
    with jax.enable_x64(True):  # no ties or roundings that change derivatives
        ours = jax.jit(step)(before["params"], before["batch_stats"])
        our_gradients, (our_features, updates) = ours
        our_evaluation = jax.jit(evaluate)(after)
    assert_trees_close(our_features, features.detach().numpy())
    assert_trees_close(our_gradients, gradients)
    assert_trees_close(our_evaluation, evaluated)

    # torch's running variance is unbiased: n / (n - 1) of the batch variance.
    for layer, n in counts.items():
        kept = before["batch_stats"][layer]["var"]
        kept = kept * (1 - twin.get_submodule(layer).momentum)
        unbiased = after["batch_stats"][layer]["var"] - kept
        biased = {"var": kept + unbiased * (n - 1) / n}
        expected = after["batch_stats"][layer] | biased
        assert_trees_close(updates["batch_stats"][layer], expected)
    assert updates.get("batch_stats", {}).keys() == counts.keys()
