"""What holds for every loss of logits and labels. The next loss is one line."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses
from tests import battery
from tests.battery import LABELS


def probability(z, y):
    return jnp.take_along_axis(jax.nn.softmax(z), y[:, None], axis=-1)[:, 0]


def mixed(z):
    """Label noise without an order of the classes."""
    c = (np.shape(z) or (5,))[-1]
    return 0.7 * np.eye(c) + 0.3 / c


def forward_correction(z, y):
    return losses.forward_correction(z, y, transition=mixed(z))


def backward_correction(z, y):
    return losses.backward_correction(z, y, transition=mixed(z))


def complement_entropy(z, y):
    is_label = jax.nn.one_hot(y, z.shape[-1], dtype=bool)
    r = jax.nn.softmax(z, where=~is_label)
    return jnp.sum(r * jnp.log(jnp.where(is_label, 1, r)), axis=-1)


def online_label_smoothing(z, y):
    loss = losses.online_label_smoothing(len(mixed(z)))
    return loss.apply(loss.init(), z, y)[0]


# name -> (the loss, the formula as the paper prints it)
LOSSES = {
    "cross_entropy": (
        losses.cross_entropy,
        lambda z, y: -jnp.log(probability(z, y)),
    ),
    "focal": (
        losses.focal,
        lambda z, y: -((1 - probability(z, y)) ** 2) * jnp.log(probability(z, y)),
    ),
    "mean_absolute_error": (
        losses.mean_absolute_error,
        lambda z, y: 2 * (1 - probability(z, y)),
    ),
    "generalized_cross_entropy": (
        losses.generalized_cross_entropy,
        lambda z, y: (1 - probability(z, y) ** 0.7) / 0.7,
    ),
    "gradient_rescaling": (
        losses.gradient_rescaling,
        lambda z, y: -jnp.log(probability(z, y)),
    ),
    "truncated_generalized_cross_entropy": (
        losses.truncated_generalized_cross_entropy,
        lambda z, y: (1 - jnp.maximum(probability(z, y), 0.5) ** 0.7) / 0.7,
    ),
    "reverse_cross_entropy": (
        losses.reverse_cross_entropy,
        lambda z, y: 4 * (1 - probability(z, y)),
    ),
    "symmetric_cross_entropy": (
        losses.symmetric_cross_entropy,
        lambda z, y: -0.1 * jnp.log(probability(z, y)) + 4 * (1 - probability(z, y)),
    ),
    "forward_correction": (
        forward_correction,
        lambda z, y: -jnp.log(jnp.sum(jax.nn.softmax(z) * mixed(z).T[y], axis=-1)),
    ),
    "backward_correction": (
        backward_correction,
        lambda z, y: (
            -jnp.sum(np.linalg.inv(mixed(z))[y] * jax.nn.log_softmax(z), axis=-1)
        ),
    ),
    "complement_entropy": (losses.complement_entropy, complement_entropy),
    "online_label_smoothing": (
        online_label_smoothing,
        lambda z, y: (
            -0.5 * jnp.log(probability(z, y)) - 0.5 * jax.nn.log_softmax(z).mean(-1)
        ),
    ),
}
# Those that ask every class for some probability.
OF_ALL_CLASSES = {"backward_correction", "online_label_smoothing"}
# Those whose gradient is, by design, not the derivative of their value.
RESCALED = {"gradient_rescaling"}

every_loss = pytest.mark.parametrize("name", LOSSES)


def bound(name):
    return lambda z: LOSSES[name][0](z, LABELS)


@every_loss
def test_any_leading_shape(name):
    battery.any_leading_shape(bound(name), LOSSES[name][0], battery.logits())


@every_loss
def test_transformations(name):
    battery.transformations(bound(name), battery.logits())


@every_loss
def test_classes_have_no_order_and_logits_no_origin(name):
    battery.classes_have_no_order_and_logits_no_origin(
        LOSSES[name][0], battery.logits()
    )


@every_loss
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(name, dtype):
    battery.half_precision_is_computed_in_float32(bound(name), battery.logits(), dtype)


@every_loss
def test_float64_stays_float64(name):
    battery.float64_stays_float64(bound(name), battery.logits())


@every_loss
@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_and_close_to_float64(name, extreme):
    battery.is_finite_and_close_to_float64(bound(name), extreme)


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - RESCALED))
def test_gradient_is_the_derivative(name):
    plain = LOSSES[name][1]
    battery.gradient_is_a_difference_quotient(bound(name))
    battery.gradient_is_that_of(bound(name), lambda z: plain(z, LABELS))


@every_loss
def test_a_cotangent_scales_each_example(name):
    battery.a_cotangent_scales_each_example(bound(name), battery.logits())


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - OF_ALL_CLASSES))
def test_masked_classes_have_no_part(name):
    battery.masked_classes_have_no_part(LOSSES[name][0], battery.logits())


def test_narrow_labels_name_as_many_classes_as_they_can():
    z = np.zeros((2, 256), np.float32)
    value = losses.cross_entropy(z, np.array([0, 255], np.uint8))
    np.testing.assert_allclose(value, np.log(256), rtol=1e-6)
    value = losses.cross_entropy(np.zeros((1, 300), np.float32), np.array([9], np.int8))
    np.testing.assert_allclose(value, np.log(300), rtol=1e-6)


@every_loss
def test_one_class_is_certain(name):
    z = np.array([[3.0], [-2.0]], np.float32)
    loss = lambda z: LOSSES[name][0](z, np.array([0, 0]))  # noqa: E731
    np.testing.assert_array_equal(loss(z), 0)
    np.testing.assert_array_equal(battery.gradient(loss, z), 0)


@every_loss
def test_an_unknown_label_is_nan_and_its_gradient_zero(name):
    """So that `jnp.mean(losses, where=mask)` leaves ignored examples out."""
    z, y = battery.logits(), np.array([-1, 3, 5, 255, 0, 1])
    ignored = (y < 0) | (y >= battery.CLASSES)

    @jax.jit
    def masked(z, y):
        return jnp.mean(LOSSES[name][0](z, y), where=(y >= 0) & (y < battery.CLASSES))

    np.testing.assert_array_equal(np.isnan(jax.jit(LOSSES[name][0])(z, y)), ignored)
    value, slope = jax.value_and_grad(masked)(z, y)
    kept = jax.value_and_grad(lambda z: LOSSES[name][0](z, y[~ignored]).mean())
    np.testing.assert_allclose(value, kept(z[~ignored])[0], rtol=1e-6)
    np.testing.assert_allclose(slope[~ignored], kept(z[~ignored])[1], rtol=1e-5)
    assert (np.asarray(slope)[ignored] == 0).all()


@every_loss
def test_wrong_arguments_are_refused(name):
    loss = LOSSES[name][0]
    battery.wrong_logits_are_refused(bound(name))
    z = battery.logits()
    with pytest.raises(ValueError, match=r"want labels of shape \(6,\), got .* \(5,\)"):
        loss(z, LABELS[:5])
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
        loss(z, LABELS + np.array([0, 0, 0, 1, 0, 0]))
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got -1..4"):
        loss(z, LABELS - np.array([1, 0, 0, 0, 0, 0]))
    with pytest.raises((TypeError, ValueError), match=r"labels .*\.astype\(int\)"):
        loss(z, LABELS.astype(np.float32))
