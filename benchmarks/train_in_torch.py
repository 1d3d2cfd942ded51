"""The steps of benchmarks.train in torch."""

from collections.abc import Callable
import contextlib
import importlib.util
from typing import Any

import numpy as np

from benchmarks.train_cases import MOMENTUM, RATE, Case

HAS_TORCH = importlib.util.find_spec("torch") is not None


def bare_steps(case: Case) -> Callable[[], None]:
    """Returns a function that runs one epoch of steps on normalized images."""
    import torch
    from torch import nn

    from benchmarks import networks_in_torch

    networks = {
        "AlexNet": networks_in_torch.alexnet,
        "CifarResNet20": networks_in_torch.cifar_resnet(3),
        "CifarResNet56": networks_in_torch.cifar_resnet(9),
        "PreActResNet44": networks_in_torch.preact_resnet(7),
        "MobileNetV2": networks_in_torch.mobilenet_v2,
        "LeNet": networks_in_torch.lenet,
        "IEMnist2D": networks_in_torch.ie_net(0, 2, (32, 64, 128), 5, 2),
        "ResNet50": networks_in_torch.resnet(
            (3, 4, 6, 3), networks_in_torch.bottleneck
        ),
    }
    device = "cuda" if torch.cuda.is_available() else "cpu"
    images, labels = case.random(case.batch_size)
    x = torch.tensor(np.asarray(case.dataset.normalize(images)))
    x = x.permute(0, 3, 1, 2).to(device)  # channels stay last in memory, as in jax
    y = torch.tensor(labels, dtype=torch.long, device=device)
    backbone = networks_in_torch.Twin(networks[case.network], case.shape).to(device)
    head = nn.Linear(backbone(x[:1]).shape[-1], case.dataset.num_classes).to(device)
    model: Any = nn.Sequential(backbone, head).train()
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), RATE, MOMENTUM)

    def context():
        if case.dtype == "bfloat16":
            return torch.autocast(device, torch.bfloat16)
        return contextlib.nullcontext()

    def step():
        optimizer.zero_grad()
        with context():
            loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    def epoch():
        for _ in range(case.steps - 1):
            step()
        step().item()  # waits

    return epoch
