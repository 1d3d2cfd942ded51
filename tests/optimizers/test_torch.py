"""Parity with torch of every recipe of docs/recipes.md that torch can run."""

import numpy as np
import optax
import pytest

from adrjax.optimizers import (
    kernel_mask,
    partition_by_path,
    sgd,
    step_decay,
    with_warmup,
)
from tests.optimizers.problem import INPUTS, PARAMS, loss, rates, train

torch = pytest.importorskip("torch", reason="the optimizers to equal are torch's")
pytestmark = pytest.mark.parity

NAMES = ("backbone/kernel", "backbone/bias", "head/centers")


def leaves(tree):
    return [tree[group][name] for group, name in (x.split("/") for x in NAMES)]


def train_torch(make_optimizer, steps, make_scheduler=None, clip=None):
    """Returns the parameters after each step, as `train` does."""
    tensors = [torch.tensor(x, requires_grad=True) for x in leaves(PARAMS)]
    kernel, bias, centers = tensors
    params = {
        "backbone": {"kernel": kernel, "bias": bias},
        "head": {"centers": centers},
    }
    optimizer = make_optimizer(*tensors)
    scheduler = make_scheduler(optimizer) if make_scheduler else None
    path = [[], [], []]
    for _ in range(steps):
        optimizer.zero_grad()
        loss(params, torch.tensor(INPUTS)).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(tensors, clip)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        for part, tensor in zip(path, tensors, strict=True):
            part.append(tensor.detach().numpy().copy())
    return [np.stack(part) for part in path]


def plain(**options):
    return lambda *tensors: torch.optim.SGD(tensors, lr=0.1, **options)


def multi_step(optimizer):
    return torch.optim.lr_scheduler.MultiStepLR(optimizer, [100, 200])


# name -> ours, torch's optimizer, its scheduler, the norm its gradients are clipped to
SETTINGS = {
    "SGD": (sgd(0.1), plain()),
    "momentum, L2 and step decay": (
        sgd(step_decay(0.1, at=[100, 200]), momentum=0.9, weight_decay=5e-4),
        plain(momentum=0.9, weight_decay=5e-4),
        multi_step,
    ),
    "Nesterov, L2 and step decay": (
        sgd(
            step_decay(0.1, at=[100, 200]),
            momentum=0.9,
            nesterov=True,
            weight_decay=5e-3,
        ),
        plain(momentum=0.9, nesterov=True, weight_decay=5e-3),
        multi_step,
    ),
    "no decay of biases and centers": (
        sgd(0.1, momentum=0.9, weight_decay=0.1, weight_decay_mask=kernel_mask),
        lambda kernel, *rest: torch.optim.SGD(
            [{"params": [kernel], "weight_decay": 0.1}, {"params": rest}],
            lr=0.1,
            momentum=0.9,
        ),
    ),
    "centers at another rate": (
        partition_by_path({"head/centers": sgd(0.5), "*": sgd(0.1, momentum=0.9)}),
        lambda kernel, bias, centers: torch.optim.SGD(
            [
                {"params": [kernel, bias]},
                {"params": [centers], "lr": 0.5, "momentum": 0.0},
            ],
            lr=0.1,
            momentum=0.9,
        ),
    ),
    "AdamW": (
        optax.adamw(
            optax.cosine_decay_schedule(0.01, 300), weight_decay=0.05, mask=kernel_mask
        ),
        lambda kernel, *rest: torch.optim.AdamW(
            [
                {"params": [kernel], "weight_decay": 0.05},
                {"params": rest, "weight_decay": 0.0},
            ],
            lr=0.01,
        ),
        lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 300),
    ),
    "clipping": (
        optax.chain(optax.clip_by_global_norm(0.05), sgd(0.1, momentum=0.9)),
        plain(momentum=0.9),
        None,
        0.05,
    ),
}
STEPS = {"AdamW": 300, "Nesterov, L2 and step decay": 300}
# torch divides by the norm + 1e-6 where it clips.
TOLERANCE = {"clipping": 1e-5}


@pytest.mark.parametrize("name", SETTINGS)
def test_parameters_are_torchs(name):
    ours, *theirs = SETTINGS[name]
    steps = STEPS.get(name, 30)
    expected = train_torch(theirs[0], steps, *theirs[1:])
    actual = leaves(train(ours, steps))
    tolerance = TOLERANCE.get(name, 1e-9)
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


LR = torch.optim.lr_scheduler
SCHEDULES = {
    "step": (step_decay(1.0, at=range(20, 100, 20)), lambda o: LR.StepLR(o, 20, 0.1)),
    "cosine": (
        optax.cosine_decay_schedule(1.0, 60),
        lambda o: LR.CosineAnnealingLR(o, 60),
    ),
    "polynomial": (
        optax.polynomial_schedule(1.0, 0.0, 2, 60),
        lambda o: LR.PolynomialLR(o, 60, 2),
    ),
    "one cycle": (
        optax.cosine_onecycle_schedule(59, 1.0),
        lambda o: LR.OneCycleLR(o, 1.0, 60, cycle_momentum=False),
    ),
    "warmup to a cosine": (
        with_warmup(optax.cosine_decay_schedule(1.0, 50), steps=10, start=0.1),
        lambda o: LR.SequentialLR(
            o, [LR.LinearLR(o, 0.1, 1.0, 10), LR.CosineAnnealingLR(o, 50)], [10]
        ),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_are_torchs(name):
    ours, make = SCHEDULES[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    expected = []
    for _ in range(60):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(rates(sgd(ours), 60), expected, rtol=1e-6, atol=1e-7)
