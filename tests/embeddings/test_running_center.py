"""Center loss, the update of its centers, and running centers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.embeddings import center, running_center, update_centers

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
CLASSES = DIM = 5
X, CENTERS = np.random.default_rng(0).normal(size=(2, 6, DIM)).astype(np.float32)
CENTERS = CENTERS[:CLASSES]


def test_update_centers_steps_towards_the_features_of_each_class():
    """Wen et al., Eq. (4): a class of n examples takes n / (1 + n) of alpha."""
    moved = update_centers(X, LABELS, CENTERS, alpha=0.3)
    for j, old in enumerate(CENTERS):
        of_class = X[j == LABELS]
        step = 0.3 * (old - of_class).sum(axis=0) / (1 + len(of_class))
        np.testing.assert_allclose(moved[j], old - step, rtol=1e-5, atol=1e-7)


def test_update_centers_keeps_classes_that_are_not_in_the_batch():
    moved = update_centers(X, np.full(6, 2), CENTERS, alpha=1.0)
    others = np.arange(CLASSES) != 2
    np.testing.assert_array_equal(moved[others], CENTERS[others])
    assert (moved[2] != CENTERS[2]).any()


def test_update_centers_ignores_unknown_labels_and_takes_any_leading_shape():
    labels = np.where(np.arange(6) % 2, LABELS, np.where(np.arange(6) < 3, -1, CLASSES))
    update = jax.jit(update_centers)
    moved = update(X.reshape(2, 3, DIM), labels.reshape(2, 3), CENTERS)
    expected = update(X[1::2], LABELS[1::2], CENTERS)
    np.testing.assert_allclose(moved, expected, rtol=1e-6)


def test_center_gradient_by_the_centers_is_the_sum_of_the_gaps():
    """Eq. (4) without its 1 + n."""
    slope = jax.grad(lambda c: center(X, LABELS, c).sum())(CENTERS)
    for j, old in enumerate(CENTERS):
        gaps = (old - X[j == LABELS]).sum(axis=0)
        np.testing.assert_allclose(slope[j], gaps, rtol=1e-5, atol=1e-6)


def test_running_center_uses_the_centers_before_the_batch():
    loss = running_center(CLASSES, DIM, alpha=0.3)
    first, state = loss.apply(loss.init(), X, LABELS)
    np.testing.assert_allclose(first, np.sum(X**2, axis=1) / 2, rtol=1e-5)
    expected = update_centers(X, LABELS, np.zeros((CLASSES, DIM)), alpha=0.3)
    np.testing.assert_allclose(state.centers, expected, rtol=1e-6)
    second, _ = loss.apply(state, X, LABELS)
    np.testing.assert_allclose(second, center(X, LABELS, expected), rtol=1e-5)
    assert loss.end_epoch(state) is state


def test_running_center_state_has_no_gradient():
    loss = running_center(CLASSES, DIM)

    @jax.grad
    def later(x):
        state = loss.apply(loss.init(), x, LABELS)[1]
        return loss.apply(state, X, LABELS)[0].sum() + state.centers.sum()

    np.testing.assert_array_equal(later(X), 0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
def test_running_center_state_keeps_its_dtype(dtype):
    loss = running_center(CLASSES, DIM)
    with jax.enable_x64(dtype == "float64"):
        x = jax.ShapeDtypeStruct(X.shape, dtype)
        state = jax.ShapeDtypeStruct((CLASSES, DIM), "float32")
        values, following = jax.eval_shape(
            loss.apply, type(loss.init())(state), x, LABELS
        )
    assert values.dtype == ("float64" if dtype == "float64" else "float32")
    assert following.centers.dtype == jnp.float32


def test_running_center_scanned_reaches_the_means_of_the_classes():
    loss = running_center(CLASSES, DIM, alpha=1.0)

    def step(state, _):
        values, state = loss.apply(state, X, LABELS)
        return state, values.mean()

    state, values = jax.lax.scan(step, loss.init(), None, length=60)
    means = np.stack([X[j == LABELS].mean(axis=0) for j in range(CLASSES)])
    np.testing.assert_allclose(state.centers, means, rtol=1e-4, atol=1e-6)
    assert (np.diff(values) <= 1e-6).all()


def test_running_center_arguments_are_checked():
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        running_center(0, DIM)
    with pytest.raises(TypeError, match="dim must be an integer"):
        running_center(CLASSES, 2.5)
    with pytest.raises(ValueError, match=r"alpha must be in \[0, 1\], got 2"):
        running_center(CLASSES, DIM, alpha=2.0)
