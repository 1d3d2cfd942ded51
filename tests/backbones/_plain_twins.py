"""The originals of networks without residual blocks in PyTorch; needs torch."""

import torch
from torch.nn import functional

from benchmarks.networks_in_torch import ceil_pool, mean


def googlenet(net, x):
    def conv(x, width, kernel, name, stride=1):
        return net.conv(x, width, kernel, name, stride, kernel // 2, bias=True).relu()

    def respond(x):
        return functional.local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=1.0)

    def inception(x, name, one, three_reduce, three, five_reduce, five, pooled):
        name = f"inception_{name}"
        y = conv(x, three_reduce, 1, f"{name}_3x3_reduce")
        z = conv(x, five_reduce, 1, f"{name}_5x5_reduce")
        neighbours = functional.max_pool2d(x, 3, 1, 1)
        branches = (
            conv(x, one, 1, f"{name}_1x1"),
            conv(y, three, 3, f"{name}_3x3"),
            conv(z, five, 5, f"{name}_5x5"),
            conv(neighbours, pooled, 1, f"{name}_pool_proj"),
        )
        return torch.cat(branches, 1)

    x = respond(ceil_pool(conv(x, 64, 7, "conv1_7x7_s2", 2)))
    x = conv(conv(x, 64, 1, "conv2_3x3_reduce"), 192, 3, "conv2_3x3")
    x = ceil_pool(respond(x))
    x = inception(x, "3a", 64, 96, 128, 16, 32, 32)
    x = ceil_pool(inception(x, "3b", 128, 128, 192, 32, 96, 64))
    x = inception(x, "4a", 192, 96, 208, 16, 48, 64)
    x = inception(x, "4b", 160, 112, 224, 24, 64, 64)
    x = inception(x, "4c", 128, 128, 256, 24, 64, 64)
    x = inception(x, "4d", 112, 144, 288, 32, 64, 64)
    x = ceil_pool(inception(x, "4e", 256, 160, 320, 32, 128, 128))
    x = inception(x, "5a", 256, 160, 320, 32, 128, 128)
    return mean(inception(x, "5b", 384, 192, 384, 48, 128, 128))


def inception_bn(net, x):
    def conv(x, width, kernel, name, stride=1):
        x = net.conv(x, width, kernel, name, stride, kernel // 2, bias=True)
        return net.norm(x, f"{name}_bn").relu()

    def inception(x, name, one, three_reduce, three, double_reduce, double, pool):
        name, stride = f"inception_{name}", 1 if one else 2
        y = conv(x, three_reduce, 1, f"{name}_3x3_reduce")
        y = conv(y, three, 3, f"{name}_3x3", stride)
        z = conv(x, double_reduce, 1, f"{name}_double_3x3_reduce")
        z = conv(z, double, 3, f"{name}_double_3x3_1")
        z = conv(z, double, 3, f"{name}_double_3x3_2", stride)
        if not one:
            return torch.cat((y, z, ceil_pool(x)), 1)
        kind, width = pool
        w = conv(kind(x, 3, 1, 1), width, 1, f"{name}_pool_proj")
        return torch.cat((conv(x, one, 1, f"{name}_1x1"), y, z, w), 1)

    avg, largest = functional.avg_pool2d, functional.max_pool2d
    x = ceil_pool(conv(x, 64, 7, "conv1_7x7_s2", 2))
    x = conv(conv(x, 64, 1, "conv2_3x3_reduce"), 192, 3, "conv2_3x3")
    x = inception(ceil_pool(x), "3a", 64, 64, 64, 64, 96, (avg, 32))
    x = inception(x, "3b", 64, 64, 96, 64, 96, (avg, 64))
    x = inception(x, "3c", 0, 128, 160, 64, 96, None)
    x = inception(x, "4a", 224, 64, 96, 96, 128, (avg, 128))
    x = inception(x, "4b", 192, 96, 128, 96, 128, (avg, 128))
    x = inception(x, "4c", 160, 128, 160, 128, 160, (avg, 128))
    x = inception(x, "4d", 96, 128, 192, 160, 192, (avg, 128))
    x = inception(x, "4e", 0, 128, 192, 192, 256, None)
    x = inception(x, "5a", 352, 192, 320, 160, 224, (avg, 128))
    return mean(inception(x, "5b", 352, 192, 320, 192, 224, (largest, 128)))


def fer_vgg(net, x):
    for block, width in ((1, 64), (2, 128), (3, 256), (4, 512)):
        for layer in (f"{block}a", f"{block}b"):
            x = net.conv(x, width, 3, f"conv{layer}", 1, 1, bias=True)
            x = net.norm(x, f"bn{layer}").relu()
        x = functional.max_pool2d(x, 2)
    return net.dense(net.dense(x, 4096, "lin1").relu(), 4096, "lin2").relu()


def cifarnet(net, x):
    def respond(x):
        return functional.local_response_norm(x, size=9, alpha=1e-3, beta=0.75, k=1.0)

    x = functional.max_pool2d(net.conv(x, 64, 5, "conv1", 1, 2, bias=True).relu(), 2)
    x = net.conv(respond(x), 64, 5, "conv2", 1, 2, bias=True).relu()
    x = functional.max_pool2d(respond(x), 2)
    return net.dense(net.dense(x, 384, "fc3").relu(), 192, "fc4").relu()


def caffe_maps(net, x, respond):
    def pool(x):
        return functional.avg_pool2d(x, 3, 2, ceil_mode=True)

    x = ceil_pool(net.conv(x, 32, 5, "conv1", 1, 2, bias=True)).relu()
    x = net.conv(respond(x), 32, 5, "conv2", 1, 2, bias=True).relu()
    x = net.conv(respond(pool(x)), 64, 5, "conv3", 1, 2, bias=True).relu()
    return pool(x).flatten(1)


def cifar10_quick(net, x):
    return net.dense(caffe_maps(net, x, lambda x: x), 64, "ip1")


def cifar10_full(net, x):
    def respond(x):
        return x / (1 + 5e-5 * functional.avg_pool2d(x**2, 3, 1, 1)) ** 0.75

    return caffe_maps(net, x, respond)


def ie_face(net, x):
    x, block = net.conv(x, 32, 3, "conv0", bias=True).relu(), 0
    for stage, (width, blocks) in enumerate(((64, 1), (128, 2), (256, 5), (512, 3))):
        x = net.conv(x, width, 3, f"conv{stage + 1}", bias=True).relu()
        x = functional.max_pool2d(x, 2)
        for _ in range(blocks):
            block += 1
            y = net.conv(x, width, 3, f"resblock{block}_conv1", 1, 1).relu()
            x = x + net.conv(y, width, 3, f"resblock{block}_conv2", 1, 1).relu()
    return net.dense(x, 512, "fc5")


def segmentation_net(layers, features):
    def network(net, x):
        for name in ("1", *(f"2_{i}" for i in range(layers - 1))):
            x = net.conv(x, features, 3, f"conv{name}", 1, 1, bias=True).relu()
            x = net.norm(x, f"bn{name}")
        x = net.norm(net.conv(x, features, 1, "conv3", bias=True), "bn3")
        return x.permute(0, 2, 3, 1)

    return network
