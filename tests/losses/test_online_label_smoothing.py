"""Online label smoothing: the state, and the public codes it can follow."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax.losses import cross_entropy, online_label_smoothing

CLASSES = 5
Z = 2 * np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
RIGHT = Z.argmax(-1) == LABELS


def epoch(loss, state, *batches):
    """Returns the state after an epoch of batches of logits."""
    for z in batches:
        _, state = loss.apply(state, z, LABELS)
    return loss.end_epoch(state)


def test_soft_labels_are_the_mean_correct_predictions_of_the_last_epoch():
    batches = 3 * np.random.default_rng(1).normal(size=(4, 6, CLASSES))
    loss = online_label_smoothing(CLASSES)
    batches = batches.astype(np.float32)
    soft_labels = epoch(loss, loss.init(), *batches).soft_labels
    z, y = batches.reshape(-1, CLASSES), np.tile(LABELS, 4)
    probs = np.asarray(jax.nn.softmax(z))
    for k in range(CLASSES):
        right = probs[(y == k) & (z.argmax(-1) == k)]
        expected = right.mean(0) if len(right) else np.full(CLASSES, 1 / CLASSES)
        np.testing.assert_allclose(soft_labels[k], expected, rtol=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_loss_is_the_printed_sum(alpha):
    loss = online_label_smoothing(CLASSES, alpha=alpha)
    state = epoch(loss, loss.init(), Z)
    expected = alpha * cross_entropy(Z, LABELS)
    expected += (1 - alpha) * cross_entropy(Z, state.soft_labels[LABELS])
    np.testing.assert_allclose(loss.apply(state, Z, LABELS)[0], expected, rtol=1e-5)


def test_alpha_1_with_a_masked_class_is_cross_entropy():
    loss = online_label_smoothing(3, alpha=1.0)
    z = jnp.array([[1.0, -jnp.inf, 0.0]])
    value, _ = loss.apply(loss.init(), z, [0])
    np.testing.assert_allclose(value, cross_entropy(z, [0]), rtol=1e-6)


def test_soft_labels_change_between_epochs_only():
    loss = online_label_smoothing(CLASSES)
    _, state = loss.apply(loss.init(), Z, LABELS)
    np.testing.assert_array_equal(state.soft_labels, loss.init().soft_labels)
    state = loss.end_epoch(state)
    assert (state.soft_labels != loss.init().soft_labels).any()
    assert (state.sums == 0).all() and (state.counts == 0).all()


def test_initial_zeros_have_no_soft_term():
    """As in the authors' code for CIFAR."""
    loss = online_label_smoothing(CLASSES, initial="zeros")
    value, _ = loss.apply(loss.init(), Z, LABELS)
    np.testing.assert_allclose(value, cross_entropy(Z, LABELS) / 2, rtol=1e-6)


@pytest.mark.parametrize("absent, share", [("uniform", 1 / CLASSES), ("zeros", 0.0)])
def test_soft_label_of_a_class_without_correct_predictions(absent, share):
    """Uniform in the authors' code, zeros in a port."""
    loss = online_label_smoothing(CLASSES, absent=absent)
    state = epoch(loss, loss.init(), Z)
    never = np.setdiff1d(np.arange(CLASSES), LABELS[RIGHT])
    assert len(never) > 0
    np.testing.assert_allclose(state.soft_labels[never], share, rtol=1e-6)


def test_confident_soft_label_freezes():
    """As in the authors' code for fine-grained classes, unless the class is absent."""
    loss = online_label_smoothing(3, freeze=0.88)
    soft_labels = jnp.array([[0.9, 0.1, 0.0], [0.1, 0.87, 0.03], [0.0, 0.1, 0.9]])
    state = loss.init()._replace(soft_labels=soft_labels)
    z = jnp.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    _, state = loss.apply(state, z, jnp.array([0, 1]))
    actual = loss.end_epoch(state).soft_labels
    expected = [soft_labels[0], jax.nn.softmax(z[1]), jnp.full(3, 1 / 3)]
    np.testing.assert_allclose(actual, jnp.stack(expected), rtol=1e-6)


def test_prediction_of_equal_logits_is_the_lowest_class():
    loss = online_label_smoothing(3)
    z, y = jnp.array([[1.0, 1.0, 0.0]] * 2), jnp.array([0, 1])
    np.testing.assert_array_equal(loss.apply(loss.init(), z, y)[1].counts, [1, 0, 0])


def test_ignored_examples_do_not_change_the_state():
    loss = online_label_smoothing(CLASSES)
    y = jnp.where(jnp.arange(6) < 3, LABELS, jnp.array([0, 0, 0, -1, 255, CLASSES]))
    values, state = jax.jit(loss.apply)(loss.init(), Z, y)
    np.testing.assert_array_equal(np.isnan(values), np.arange(6) >= 3)
    kept = loss.apply(loss.init(), Z[:3], LABELS[:3])[1]
    np.testing.assert_allclose(state.sums, kept.sums, rtol=1e-6)
    np.testing.assert_array_equal(state.counts, kept.counts)


def test_pixels_are_examples():
    loss = online_label_smoothing(CLASSES)
    square = loss.apply(loss.init(), Z.reshape(2, 3, -1), LABELS.reshape(2, 3))
    flat = loss.apply(loss.init(), Z, LABELS)
    np.testing.assert_allclose(square[0].ravel(), flat[0], rtol=1e-6)
    np.testing.assert_allclose(square[1].sums, flat[1].sums, rtol=1e-6)


def test_sums_over_millions_of_pixels_keep_their_digits():
    """One by one, float32 would round each 0.9 at a sum of 2 million to 0.75 or 1."""
    n = 3_000_001
    z = np.full((n, 2), [np.log(9), 0], np.float32)
    loss = online_label_smoothing(2)
    state = jax.jit(loss.apply)(loss.init(), z, np.zeros(n, np.int32))[1]
    assert state.counts[0] == n
    soft_label = loss.end_epoch(state).soft_labels[0]
    np.testing.assert_allclose(soft_label, [0.9, 0.1], rtol=1e-4)


def test_no_gradient_flows_into_the_state():
    loss = online_label_smoothing(CLASSES)

    def of_next_epoch(z):
        state = loss.end_epoch(loss.apply(loss.init(), z, LABELS)[1])
        return loss.apply(state, Z, LABELS)[0].sum()

    np.testing.assert_array_equal(jax.grad(of_next_epoch)(Z), 0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
def test_state_keeps_its_dtype(dtype):
    loss = online_label_smoothing(CLASSES)
    state = loss.init()
    with jax.enable_x64(dtype == "float64"):
        value, following = loss.apply(state, jnp.asarray(Z, dtype), LABELS)
        following = loss.end_epoch(following)
    assert value.dtype == ("float64" if dtype == "float64" else "float32")
    for before, after in zip(state, following, strict=True):
        assert before.dtype == after.dtype == jnp.float32


def test_is_scanned_and_added_to_other_losses():
    loss = adrjax.add(
        online_label_smoothing(CLASSES), lambda z, y: adrjax.regularizers.adr(z)
    )

    def step(state, z):
        values, state = loss.apply(state, z, LABELS)
        return state, values.mean()

    z = jnp.stack([Z, -Z, Z])
    state, values = jax.jit(lambda z: jax.lax.scan(step, loss.init(), z))(z)
    assert state[0].counts.sum() == 2 * RIGHT.sum() + ((-Z).argmax(-1) == LABELS).sum()
    np.testing.assert_allclose(values[0], values[2], rtol=1e-6)


def test_traced_alpha_and_freeze_are_the_known_ones():
    @jax.jit
    def value(alpha, freeze):
        loss = online_label_smoothing(CLASSES, alpha=alpha, freeze=freeze)
        return loss.apply(epoch(loss, loss.init(), Z), Z, LABELS)[0]

    known = online_label_smoothing(CLASSES, alpha=0.3, freeze=0.1)
    expected = known.apply(epoch(known, known.init(), Z), Z, LABELS)[0]
    np.testing.assert_allclose(value(0.3, 0.1), expected, rtol=1e-5)


def test_logits_of_another_number_of_classes_raise():
    loss = online_label_smoothing(CLASSES + 1)
    message = r"logits must be \[..., 6\] for num_classes=6, got shape \(6, 5\)"
    with pytest.raises(ValueError, match=message):
        loss.apply(loss.init(), Z, LABELS)


@pytest.mark.parametrize("name", ["alpha", "freeze"])
def test_share_outside_0_and_1_raises(name):
    with pytest.raises(ValueError, match=rf"{name} must be in \[0, 1\], got 2"):
        online_label_smoothing(CLASSES, **{name: 2.0})


@pytest.mark.parametrize("name", ["initial", "absent"])
def test_unknown_option_raises(name):
    with pytest.raises(ValueError, match=f"{name} must be one of 'uniform', 'zeros'"):
        online_label_smoothing(CLASSES, **{name: "kept"})


def test_wrong_number_of_classes_raises():
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        online_label_smoothing(0)
    with pytest.raises(TypeError, match="num_classes must be an integer"):
        online_label_smoothing(2.5)
