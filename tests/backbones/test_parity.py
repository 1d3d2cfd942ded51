"""Every family equals its PyTorch original: value, gradient, running statistics."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.backbones import AlexNet, CifarResNet, ConvMixer, DigitsCNN

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = [
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel"),
]


class Lambda(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x):
        return self.fn(x) + x


class BasicBlock(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.stride, self.zeros = stride, (width - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        x = x[:, :, :: self.stride, :: self.stride]
        pad = (0, 0, 0, 0, self.zeros, self.zeros)
        return (y + nn.functional.pad(x, pad)).relu()


def named(**modules):
    twin = nn.Sequential()
    for name, module in modules.items():
        twin.add_module(name, module)
    return twin


def torch_alexnet():
    features = nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=5),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
    )
    return named(features=features, flatten=nn.Flatten())


def torch_convmixer(dim, depth, kernel, patch):
    def block():
        depthwise = nn.Conv2d(dim, dim, kernel, groups=dim, padding="same")
        mixed = nn.Sequential(depthwise, nn.GELU(), nn.BatchNorm2d(dim))
        pointwise = nn.Conv2d(dim, dim, 1)
        return nn.Sequential(Residual(mixed), pointwise, nn.GELU(), nn.BatchNorm2d(dim))

    return named(
        stem=nn.Sequential(
            nn.Conv2d(3, dim, patch, stride=patch), nn.GELU(), nn.BatchNorm2d(dim)
        ),
        blocks=nn.Sequential(*[block() for _ in range(depth)]),
        pool=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
    )


def torch_cifar_resnet(blocks):
    def stage(inputs, width, stride):
        first = BasicBlock(inputs, width, stride)
        return nn.Sequential(
            first, *[BasicBlock(width, width, 1) for _ in range(blocks - 1)]
        )

    return named(
        conv1=nn.Conv2d(3, 16, 3, padding=1, bias=False),
        bn1=nn.BatchNorm2d(16),
        relu=nn.ReLU(),
        layer1=stage(16, 16, 1),
        layer2=stage(16, 32, 2),
        layer3=stage(32, 64, 2),
        pool=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
    )


def torch_digits_cnn():
    return named(
        conv1=nn.Conv2d(1, 32, 3, padding=1),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(32, 64, 3, padding=1),
        relu2=nn.ReLU(),
        pool=nn.MaxPool2d(2, 2),
        flatten=Lambda(lambda x: x.permute(0, 2, 3, 1).flatten(1)),  # as NHWC
        fc1=nn.Linear(4 * 4 * 64, 64),
        relu3=nn.ReLU(),
    )


FAMILIES = {
    "AlexNet": (AlexNet(), torch_alexnet, (32, 32, 3)),
    "ConvMixer": (
        ConvMixer(dim=16, depth=2),
        lambda: torch_convmixer(16, 2, kernel=5, patch=2),
        (16, 16, 3),
    ),
    "ConvMixer with an even kernel": (
        ConvMixer(dim=8, depth=1, kernel=4, patch=4),
        lambda: torch_convmixer(8, 1, kernel=4, patch=4),
        (32, 32, 3),
    ),
    "CifarResNet": (CifarResNet(depth=14), lambda: torch_cifar_resnet(2), (32, 32, 3)),
    "DigitsCNN": (DigitsCNN(), torch_digits_cnn, (8, 8, 1)),
}

LEAVES = {
    "running_mean": ("batch_stats", "mean"),
    "running_var": ("batch_stats", "var"),
    "bias": ("params", "bias"),
}


def to_linen(tensors):
    """Maps torch's names and layouts to those of a backbone's variables."""
    variables = {"params": {}, "batch_stats": {}}
    for name, tensor in tensors.items():
        layer, _, leaf = name.rpartition(".")
        if leaf == "num_batches_tracked":
            continue
        value = tensor.detach().numpy().copy()
        weight = {4: "kernel", 2: "kernel", 1: "scale"}[value.ndim]
        collection, key = LEAVES.get(leaf, ("params", weight))
        layout = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[value.ndim]
        layers = variables[collection]
        layers.setdefault(layer.replace(".", "_"), {})[key] = value.transpose(layout)
    return variables


def randomize_batch_norms(twin):
    """Moves every value off its start, and counts what each layer averages over."""
    counts = {}

    def count(name):
        def hook(module, inputs):
            counts[name] = inputs[0][:, 0].numel()

        return hook

    for name, module in twin.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.bias, module.running_mean):
                nn.init.normal_(tensor, mean=0.5, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            module.register_forward_pre_hook(count(name.replace(".", "_")))
    return counts


def assert_trees_close(actual, expected, rtol):
    """Compares trees of one structure, each leaf by the scale of its largest value."""

    def compare(path, x, y):
        atol = rtol * max(np.abs(y).max(), 1e-3)
        np.testing.assert_allclose(
            x, y, rtol=0, atol=atol, err_msg=jax.tree_util.keystr(path)
        )

    jax.tree_util.tree_map_with_path(compare, actual, expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_and_the_evaluation_after_it_equal_torch(family):
    model, build, shape = FAMILIES[family]
    torch.manual_seed(0)
    twin = build().train()
    counts = randomize_batch_norms(twin)
    before = to_linen(twin.state_dict())
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, *shape)).astype(np.float32)
    images = torch.from_numpy(x).permute(0, 3, 1, 2)

    features = twin(images)
    weights = rng.normal(size=features.shape).astype(np.float32)
    (features * torch.from_numpy(weights)).sum().backward()
    gradients = to_linen({k: p.grad for k, p in twin.named_parameters()})["params"]
    after = to_linen(twin.state_dict())
    evaluated = twin.eval()(images).detach().numpy()

    def loss(params, stats):
        features, updates = model.apply(
            {"params": params, "batch_stats": stats},
            x,
            train=True,
            mutable=["batch_stats"],
        )
        return jnp.sum(features * weights), (features, updates)

    step = jax.jit(jax.grad(loss, has_aux=True))
    our_gradients, (our_features, updates) = step(
        before["params"], before["batch_stats"]
    )
    assert_trees_close(our_features, features.detach().numpy(), rtol=1e-5)
    assert_trees_close(our_gradients, gradients, rtol=1e-4)

    # torch's running variance is of the unbiased kind: n / (n - 1) of the batch's.
    for layer, n in counts.items():
        kept = 0.9 * before["batch_stats"][layer]["var"]
        unbiased = after["batch_stats"][layer]["var"] - kept
        biased = {"var": kept + unbiased * (n - 1) / n}
        expected = after["batch_stats"][layer] | biased
        assert_trees_close(updates["batch_stats"][layer], expected, rtol=1e-5)
    assert updates.get("batch_stats", {}).keys() == counts.keys()

    our_evaluation = jax.jit(lambda v: model.apply(v, x, train=False))(after)
    assert_trees_close(our_evaluation, evaluated, rtol=1e-5)
