"""Reduction of the rate on a plateau of the accuracy."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax.optimizers import reduce_on_plateau, sgd
from tests.optimizers.problem import rates


def rate_of_epochs(accuracies, *, steps=3, **options):
    """Returns the rate of each epoch, the first before there is an accuracy."""
    optimizer = optax.chain(
        sgd(1.0), reduce_on_plateau(steps_per_epoch=steps, **options)
    )
    seen = np.repeat([0.0, *accuracies], steps)
    of_steps = rates(optimizer, len(seen), metric=seen, value=-seen)
    of_epochs = of_steps.reshape(-1, steps)
    np.testing.assert_allclose(of_epochs, of_epochs[:, :1] * np.ones(steps), rtol=1e-6)
    return of_epochs[:, 0]


def test_reduce_on_plateau_acts_after_more_than_patience_bad_epochs():
    accuracies = [0.5, 0.5, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.7]
    expected = [1, 1, 1, 1, 1, 1, 1, 0.75, 0.75, 0.75, 0.5625][: len(accuracies)]
    actual = rate_of_epochs(accuracies, factor=0.75, patience=2)[:-1]
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_reduce_on_plateau_ignores_a_rise_below_the_threshold():
    accuracies = [0.5, 0.505, 0.509, 0.52, 0.5]
    actual = rate_of_epochs(accuracies, factor=0.5, patience=1, threshold=0.01)
    np.testing.assert_allclose(actual, [1, 1, 1, 0.5, 0.5, 0.5])


def test_reduce_on_plateau_of_negative_metrics():
    actual = rate_of_epochs([-2.0, -1.0, -1.00005, -0.9], factor=0.5, patience=0)
    np.testing.assert_allclose(actual, [1, 1, 1, 0.5, 0.5])


@pytest.mark.parity
@pytest.mark.parametrize("mode", ["abs", "rel"])
def test_reduce_on_plateau_is_torchs(mode):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    # Of 3589 images, as FER2013's test split: rising ever more slowly, and noisy.
    risen = 0.7 * (1 - np.exp(-np.arange(120) / 10)) + rng.normal(0, 0.01, 120)
    accuracies = np.round(3589 * np.maximum(risen, 0)) / 3589

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="max", factor=0.75, patience=5, threshold_mode=mode
    )
    expected = [1.0]
    for accuracy in accuracies:
        optimizer.step()
        scheduler.step(accuracy)
        expected.append(optimizer.param_groups[0]["lr"])

    actual = rate_of_epochs(accuracies, steps=2, factor=0.75, patience=5)
    assert expected[-1] < 0.1
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_reduce_on_plateau_needs_the_metric():
    optimizer = reduce_on_plateau(steps_per_epoch=1)
    state = optimizer.init(jnp.zeros(()))
    with pytest.raises(
        TypeError, match=r"metric=\.\.\.\), the metric of .* got value\."
    ):
        optimizer.update(jnp.ones(()), state, value=1.0)
    accumulated = optax.MultiSteps(optimizer, 2)
    with pytest.raises(TypeError, match=r"put it after optax\.MultiSteps, not"):
        optax.chain(accumulated.gradient_transformation()).update(
            jnp.ones(()), (accumulated.init(jnp.zeros(())),), metric=1.0
        )


def test_reduce_on_plateau_counts_nan_as_no_new_best():
    accuracies = [0.5, np.nan, np.nan, 0.6]
    actual = rate_of_epochs(accuracies, factor=0.5, patience=1)
    np.testing.assert_allclose(actual, [1, 1, 1, 0.5, 0.5])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"steps_per_epoch": 0}, "steps_per_epoch must be at least 1, got 0"),
        ({"patience": -1}, "patience must be at least 0, got -1"),
        ({"factor": 0}, r"factor must be in \(0, 1\).*factor=0 "),
        ({"factor": 1}, r"factor must be in \(0, 1\).*factor=1 "),
        ({"threshold": 0}, "threshold positive, got .*threshold=0"),
    ],
)
def test_reduce_on_plateau_refuses_numbers_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        reduce_on_plateau(**{"steps_per_epoch": 1} | options)
