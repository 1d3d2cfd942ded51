"""Center loss whose centers follow the features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.embeddings import center, running_center, update_centers
from tests import battery
from tests.battery import CLASSES, LABELS
from tests.features import CENTERS, DIM

X = battery.logits()


def test_centers_take_a_step_towards_their_features():
    """Wen et al., Eq. (4): a class of n examples takes n / (1 + n) of alpha."""
    moved = update_centers(X, LABELS, CENTERS, alpha=0.3)
    for j, old in enumerate(CENTERS):
        own = X[j == LABELS]
        step = 0.3 * (old - own).sum(axis=0) / (1 + len(own))
        np.testing.assert_allclose(moved[j], old - step, rtol=1e-5, atol=1e-7)


def test_a_class_out_of_the_batch_stays():
    moved = update_centers(X, np.full(6, 2), CENTERS, alpha=1.0)
    others = np.arange(CLASSES) != 2
    np.testing.assert_array_equal(moved[others], CENTERS[others].astype(np.float32))
    assert (moved[2] != CENTERS[2]).any()


def test_an_unknown_label_moves_nothing():
    labels = np.where(np.arange(6) % 2, LABELS, np.where(np.arange(6) < 3, -1, CLASSES))
    moved = jax.jit(update_centers)(X, labels, CENTERS)
    expected = update_centers(X[1::2], LABELS[1::2], CENTERS)
    np.testing.assert_allclose(moved, expected, rtol=1e-6)


def test_the_loss_is_to_the_centers_before_the_batch():
    loss = running_center(CLASSES, DIM, alpha=0.3)
    first, state = loss.apply(loss.init(), X, LABELS)
    np.testing.assert_allclose(first, np.sum(X**2, axis=1) / 2, rtol=1e-5)
    expected = update_centers(X, LABELS, np.zeros((CLASSES, DIM)), alpha=0.3)
    np.testing.assert_allclose(state.centers, expected, rtol=1e-6)
    second, _ = loss.apply(state, X, LABELS)
    np.testing.assert_allclose(second, center(X, LABELS, expected), rtol=1e-5)
    assert loss.end_epoch(state) is state


def test_centers_that_are_parameters_get_the_gradient():
    """The negative sum of the gaps, Eq. (4) without its 1 + n."""
    slope = jax.grad(lambda c: center(X, LABELS, c).sum())(jnp.asarray(CENTERS))
    for j, old in enumerate(CENTERS):
        own = X[j == LABELS]
        np.testing.assert_allclose(slope[j], (old - own).sum(0), rtol=1e-5, atol=1e-6)


def test_no_gradient_flows_into_the_state():
    loss = running_center(CLASSES, DIM)

    def later(x):
        state = loss.apply(loss.init(), x, LABELS)[1]
        return loss.apply(state, X, LABELS)[0].sum() + state.centers.sum()

    np.testing.assert_array_equal(jax.grad(later)(X), 0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
def test_the_state_keeps_its_dtype_whatever_the_features(dtype):
    loss = running_center(CLASSES, DIM)
    state = loss.init()
    with jax.enable_x64(dtype == "float64"):
        value, following = loss.apply(state, jnp.asarray(X, dtype), LABELS)
    assert value.dtype == ("float64" if dtype == "float64" else "float32")
    assert following.centers.dtype == state.centers.dtype == jnp.float32


def test_it_is_scanned_to_the_means_of_the_classes():
    loss = running_center(CLASSES, DIM, alpha=1.0)

    def step(state, _):
        values, state = loss.apply(state, X, LABELS)
        return state, values.mean()

    state, values = jax.lax.scan(step, loss.init(), None, length=60)
    means = np.stack([X[j == LABELS].mean(axis=0) for j in range(CLASSES)])
    np.testing.assert_allclose(state.centers, means, rtol=1e-4, atol=1e-6)
    assert (np.diff(values) <= 1e-6).all()


def test_wrong_sizes_are_refused():
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        running_center(0, DIM)
    with pytest.raises(TypeError, match="dim must be an integer"):
        running_center(CLASSES, 2.5)
    with pytest.raises(ValueError, match=r"alpha must be in \[0, 1\], got 2"):
        running_center(CLASSES, DIM, alpha=2.0)
