"""The networks of `adrjax.backbones` in torch, written from the papers."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class Twin(nn.Module):
    """Creates each layer at its first use, with its name in flax."""

    def __init__(self, network: "Network", image: Sequence[int]):
        super().__init__()
        self.network = network
        self.eval()(torch.zeros(1, image[-1], *image[:-1]))

    def forward(self, x: Tensor) -> Tensor:
        """Returns the features."""
        return self.network(self, x)

    def layer(self, x: Tensor, name: str, make: Callable[[], nn.Module]) -> Tensor:
        """Applies the layer of this name, which `make` creates."""
        if name not in self._modules:
            self.add_module(name, make().train(self.training))
        return self._modules[name](x)

    def conv(
        self,
        x: Tensor,
        width: int,
        kernel: int,
        name: str,
        stride: int = 1,
        padding: int | str = 0,
        groups: int = 1,
        bias: bool = False,
    ) -> Tensor:
        """Applies a convolution of images or of clips."""
        conv = nn.Conv3d if x.ndim == 5 else nn.Conv2d
        shape = x.shape[1], width, kernel, stride, padding, 1, groups, bias
        return self.layer(x, name, lambda: conv(*shape))

    def norm(self, x: Tensor, name: str, **options: float) -> Tensor:
        """Applies batch normalization."""
        norm = {2: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}[x.ndim]
        return self.layer(x, name, lambda: norm(x.shape[1], **options))

    def leak(self, x: Tensor, name: str) -> Tensor:
        """Applies PReLU."""
        return self.layer(x, name, lambda: nn.PReLU(x.shape[1]))

    def dense(self, x: Tensor, width: int, name: str) -> Tensor:
        """Applies a linear layer to the flattened features."""
        x = x.flatten(1)
        return self.layer(x, name, lambda: nn.Linear(x.shape[1], width))


def pad_channels(x: Tensor, width: int) -> Tensor:
    zeros = (width - x.shape[1]) // 2
    return functional.pad(x, (0, 0, 0, 0, zeros, zeros))


def mean(x: Tensor) -> Tensor:
    return x.flatten(2).mean(2)


Network = Callable[[Twin, Tensor], Tensor]
Block = Callable[[Twin, Tensor, int, int, str], Tensor]


def alexnet(net: Twin, x: Tensor) -> Tensor:
    x = net.conv(x, 64, 11, "features_0", 4, 5, bias=True).relu()
    x = functional.max_pool2d(x, 2)
    x = net.conv(x, 192, 5, "features_3", padding=2, bias=True).relu()
    x = functional.max_pool2d(x, 2)
    for name, width in (("features_6", 384), ("features_8", 256), ("features_10", 256)):
        x = net.conv(x, width, 3, name, padding=1, bias=True).relu()
    return functional.max_pool2d(x, 2).flatten(1)


def convmixer(
    dim: int,
    depth: int,
    kernel: int,
    patch: int,
    activation: Callable[[Tensor], Tensor] = functional.gelu,
) -> Network:
    def network(net, x):
        x = net.conv(x, dim, patch, "stem_0", patch, bias=True)
        x = net.norm(activation(x), "stem_2")
        for i in range(depth):
            name = f"blocks_{i}"
            y = net.conv(x, dim, kernel, f"{name}_0_fn_0", 1, "same", dim, True)
            x = x + net.norm(activation(y), f"{name}_0_fn_2")
            x = net.conv(x, dim, 1, f"{name}_1", bias=True)
            x = net.norm(activation(x), f"{name}_3")
        return mean(x)

    return network


def lenet(net: Twin, x: Tensor) -> Tensor:
    x = functional.max_pool2d(net.conv(x, 20, 5, "conv1", bias=True), 2)
    x = functional.max_pool2d(net.conv(x, 50, 5, "conv2", bias=True), 2)
    return net.dense(x, 500, "ip1").relu()


def digits_cnn(net: Twin, x: Tensor) -> Tensor:
    x = net.conv(x, 32, 3, "conv1", padding=1, bias=True).relu()
    x = net.conv(x, 64, 3, "conv2", padding=1, bias=True).relu()
    x = functional.max_pool2d(x, 2).permute(0, 2, 3, 1)  # flattened as NHWC
    return net.dense(x, 64, "fc1").relu()


def cifar_resnet(blocks: int) -> Network:
    def network(net, x):
        x = net.norm(net.conv(x, 16, 3, "conv1", 1, 1), "bn1").relu()
        for stage, width in ((1, 16), (2, 32), (3, 64)):
            for i in range(blocks):
                name, stride = f"layer{stage}_{i}", 2 if stage > 1 and i == 0 else 1
                y = net.conv(x, width, 3, f"{name}_conv1", stride, 1)
                y = net.norm(y, f"{name}_bn1").relu()
                y = net.norm(
                    net.conv(y, width, 3, f"{name}_conv2", 1, 1), f"{name}_bn2"
                )
                x = (y + pad_channels(x[:, :, ::stride, ::stride], width)).relu()
        return mean(x)

    return network


def basic_block(net: Twin, x: Tensor, width: int, stride: int, name: str) -> Tensor:
    y = net.norm(net.conv(x, width, 3, f"{name}_conv1", stride, 1), f"{name}_bn1")
    y = net.norm(net.conv(y.relu(), width, 3, f"{name}_conv2", 1, 1), f"{name}_bn2")
    return (y + projection(net, x, width, stride, name)).relu()


def bottleneck(net: Twin, x: Tensor, width: int, stride: int, name: str) -> Tensor:
    y = net.norm(net.conv(x, width, 1, f"{name}_conv1"), f"{name}_bn1").relu()
    y = net.norm(
        net.conv(y, width, 3, f"{name}_conv2", stride, 1), f"{name}_bn2"
    ).relu()
    y = net.norm(net.conv(y, 4 * width, 1, f"{name}_conv3"), f"{name}_bn3")
    return (y + projection(net, x, 4 * width, stride, name)).relu()


def projection(net: Twin, x: Tensor, width: int, stride: int, name: str) -> Tensor:
    if stride == 1 and x.shape[1] == width:
        return x
    x = net.conv(x, width, 1, f"{name}_downsample_0", stride)
    return net.norm(x, f"{name}_downsample_1")


def resnet(
    blocks: Sequence[int],
    block: Block,
    stem: tuple[int, int, int] = (7, 2, 3),
    pool: bool = True,
) -> Network:
    def network(net, x):
        kernel, stride, padding = stem
        x = net.norm(net.conv(x, 64, kernel, "conv1", stride, padding), "bn1").relu()
        if pool and x.ndim == 5:
            x = functional.max_pool3d(x, 3, (1, 2, 2), 1)
        elif pool:
            x = functional.max_pool2d(x, 3, 2, 1)
        for stage, count in enumerate(blocks):
            for i in range(count):
                stride = 2 if stage > 0 and i == 0 else 1
                x = block(net, x, 64 << stage, stride, f"layer{stage + 1}_{i}")
        return mean(x)

    return network


def preact_resnet(blocks: int) -> Network:
    """Keras: batch norm of momentum 0.99 and eps 0.001; padding starts at the end."""
    keras = {"momentum": 0.01, "eps": 1e-3}

    def network(net, x):
        x = net.norm(
            net.conv(x, 16, 3, "conv1", 1, 1, bias=True), "bn1", **keras
        ).relu()
        for stage, width in ((1, 16), (2, 32), (3, 64)):
            for i in range(blocks):
                name, halve = f"layer{stage}_{i}", stage > 1 and i == 0
                y = x
                if stage > 1 or i > 0:
                    y = net.norm(x, f"{name}_bn1", **keras).relu()
                y = functional.pad(y, (0, 1, 0, 1) if halve else (1, 1, 1, 1))
                y = net.conv(y, width, 3, f"{name}_conv1", 1 + halve, bias=True)
                y = net.norm(y, f"{name}_bn2", **keras).relu()
                y = net.conv(y, width, 3, f"{name}_conv2", 1, 1, bias=True)
                if halve:
                    x = net.conv(x, width, 1, f"{name}_downsample", 2, bias=True)
                x = x + y
        return mean(net.norm(x, "bn2", **keras).relu())

    return network


def wide_resnet(blocks: int, widen: int) -> Network:
    def network(net, x):
        x = net.conv(x, 16, 3, "conv0", 1, 1)
        for group in range(3):
            width = (16 << group) * widen
            for i in range(blocks):
                name = f"group{group}_block{i}"
                stride = 2 if group > 0 and i == 0 else 1
                first = net.norm(x, f"{name}_bn0").relu()
                y = net.conv(first, width, 3, f"{name}_conv0", stride, 1)
                y = net.norm(y, f"{name}_bn1").relu()
                y = net.conv(y, width, 3, f"{name}_conv1", 1, 1)
                if i == 0:
                    x = net.conv(first, width, 1, f"{name}_convdim", stride)
                x = x + y
        return mean(net.norm(x, "bn").relu())

    return network


def densenet(
    blocks: Sequence[int],
    growth: int,
    stem: tuple[int, int, int] = (7, 2, 3),
    pool: bool = True,
) -> Network:
    def network(net, x):
        kernel, stride, padding = stem
        x = net.conv(x, 2 * growth, kernel, "features_conv0", stride, padding)
        x = net.norm(x, "features_norm0").relu()
        x = functional.max_pool2d(x, 3, 2, 1) if pool else x
        for block, count in enumerate(blocks, start=1):
            for i in range(1, count + 1):
                name = f"features_denseblock{block}_denselayer{i}"
                y = net.norm(x, f"{name}_norm1").relu()
                y = net.conv(y, 4 * growth, 1, f"{name}_conv1")
                y = net.norm(y, f"{name}_norm2").relu()
                x = torch.cat([x, net.conv(y, growth, 3, f"{name}_conv2", 1, 1)], 1)
            if block < len(blocks):
                name = f"features_transition{block}"
                x = net.norm(x, f"{name}_norm").relu()
                x = net.conv(x, x.shape[1] // 2, 1, f"{name}_conv")
                x = functional.avg_pool2d(x, 2)
        return mean(net.norm(x, "features_norm5").relu())

    return network


def mobilenet_v2(net: Twin, x: Tensor) -> Tensor:
    def conv(x, width, kernel, name, stride=1, groups=1):
        x = net.conv(x, width, kernel, f"{name}_0", stride, kernel // 2, groups)
        return functional.relu6(net.norm(x, f"{name}_1"))

    x, layer = conv(x, 32, 3, "features_0", 2), 0
    widths, counts = (16, 24, 32, 64, 96, 160, 320), (1, 2, 3, 4, 3, 3, 1)
    for stage, (width, count) in enumerate(zip(widths, counts, strict=True)):
        for i in range(count):
            layer += 1
            name = f"features_{layer}_conv"
            stride = 2 if stage in (1, 2, 3, 5) and i == 0 else 1
            hidden, y, place = x.shape[1] * (6 if stage else 1), x, 0
            if stage:
                y, place = conv(x, hidden, 1, f"{name}_0"), 1
            y = conv(y, hidden, 3, f"{name}_{place}", stride, hidden)
            y = net.conv(y, width, 1, f"{name}_{place + 1}")
            y = net.norm(y, f"{name}_{place + 2}")
            x = x + y if i > 0 else y
    return mean(conv(x, 1280, 1, "features_18"))


def iresnet(blocks: Sequence[int]) -> Network:
    def network(net, x):
        x = net.leak(net.norm(net.conv(x, 64, 3, "conv1", 1, 1), "bn1"), "prelu")
        for stage, count in enumerate(blocks):
            for i in range(count):
                name, width = f"layer{stage + 1}_{i}", 64 << stage
                stride = 2 if i == 0 else 1
                y = net.norm(x, f"{name}_bn1")
                y = net.norm(
                    net.conv(y, width, 3, f"{name}_conv1", 1, 1), f"{name}_bn2"
                )
                y = net.leak(y, f"{name}_prelu")
                y = net.conv(y, width, 3, f"{name}_conv2", stride, 1)
                y = net.norm(y, f"{name}_bn3")
                x = y + projection(net, x, width, stride, name)
        x = net.dense(net.norm(x, "bn2"), 512, "fc")
        x = net.norm(x, "features")
        net._modules["features"].weight.requires_grad_(False)  # insightface keeps it 1
        return x

    return network


def ceil_pool(x: Tensor, kernel: int = 3) -> Tensor:
    return functional.max_pool2d(x, kernel, 2, ceil_mode=True)


def ie_net(
    stem: int, layers: int, widths: Sequence[int], kernel: int, features: int
) -> Network:
    def conv(net, x, width, layer):
        x = net.conv(x, width, kernel, f"conv{layer}", 1, kernel // 2)
        return net.leak(net.norm(x, f"bn{layer}"), f"prelu{layer}")

    def network(net, x):
        x = conv(net, x, stem, "0_1") if stem else x
        for stage, width in enumerate(widths, start=1):
            for i in range(1, layers + 1):
                x = conv(net, x, width, f"{stage}_{i}")
            x = ceil_pool(x, 2)
        return net.dense(x, features, "fc")

    return network
