"""What holds for every margin, under cross entropy. The next margin is one line."""

from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins
from tests import battery, features
from tests.battery import CLASSES, LABELS, ROWS
from tests.features import CENTERS
from tests.margins.table import OF_COSINES, OF_FEATURES

every_margin = pytest.mark.parametrize("name", [*OF_COSINES, *OF_FEATURES])
of_cosines = pytest.mark.parametrize("name", OF_COSINES)
of_features = pytest.mark.parametrize("name", OF_FEATURES)


def cross_entropy(logits, y):
    return losses.focal(logits, y, gamma=0.0)  # exact however near 0 it is


def logits(name, z, y, which=0):
    """Takes z for the features, or its tanh for the cosines."""
    if name in OF_COSINES:
        return OF_COSINES[name][which](jnp.tanh(jnp.asarray(z) / 2), y)
    return OF_FEATURES[name][which](z, features.centers(), y)


def of_labels(name, which=0):
    return lambda z, y: cross_entropy(logits(name, z, y, which), y)


def bound(name, which=0):
    return lambda z: of_labels(name, which)(z, LABELS)


@every_margin
def test_any_leading_shape(name):
    battery.any_leading_shape(bound(name), of_labels(name), battery.logits())
    assert logits(name, battery.logits(), LABELS).shape == (ROWS, CLASSES)


@every_margin
def test_transformations(name):
    battery.transformations(bound(name), battery.logits())


@every_margin
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(name, dtype):
    z = jnp.asarray(battery.logits(), dtype)
    z = jnp.tanh(z) if name in OF_COSINES else z

    def f(z):
        if name in OF_COSINES:
            return cross_entropy(OF_COSINES[name][0](z, LABELS), LABELS)
        return bound(name)(z)

    battery.half_precision_is_computed_in_float32(f, z, dtype)


@every_margin
def test_float64_stays_float64(name):
    battery.float64_stays_float64(bound(name), battery.logits())


@every_margin
def test_gradient_is_the_derivative(name):
    if name != "circle":  # whose weights have no gradient, by design
        battery.gradient_is_a_difference_quotient(bound(name))
    battery.gradient_is_that_of(bound(name), bound(name, 1))


@of_features
def test_gradient_of_the_weights_is_the_derivative(name):
    def of_weights(which):
        return lambda w: cross_entropy(
            OF_FEATURES[name][which](features.OTHERS[:CLASSES], w, LABELS[:CLASSES]),
            LABELS[:CLASSES],
        )

    with jax.enable_x64(True):
        np.testing.assert_allclose(
            battery.gradient(of_weights(0), features.centers()),
            battery.gradient(of_weights(1), features.centers()),
            rtol=1e-8,
            atol=1e-12,
        )


@every_margin
def test_a_cotangent_scales_each_example(name):
    battery.a_cotangent_scales_each_example(bound(name), battery.logits())


@every_margin
def test_classes_have_no_order(name):
    z, order = battery.logits(), np.array([3, 0, 4, 1, 2])
    moved = np.argsort(order)[LABELS]
    if name in OF_COSINES:
        actual = logits(name, z[:, order], moved)
    else:
        actual = OF_FEATURES[name][0](z, CENTERS[order], moved)
    np.testing.assert_allclose(
        actual, logits(name, z, LABELS)[:, order], rtol=1e-5, atol=1e-6
    )


# Cosines [ROWS, CLASSES]; the label's and another one stand where margins break.
COSINES = {
    "1": 1.0,
    "-1": -1.0,
    "beyond 1 by rounding": np.nextafter(np.float32(1), np.float32(2)),
    "beyond -1 by rounding": np.nextafter(np.float32(-1), np.float32(-2)),
    "next to 1": np.nextafter(np.float32(1), np.float32(0)),
    "0": 0.0,
}


@of_cosines
@pytest.mark.parametrize("value", COSINES)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16])
def test_is_finite_at_the_ends(name, value, dtype):
    c = np.tanh(battery.logits())
    c[np.arange(ROWS), LABELS] = COSINES[value]
    c[np.arange(ROWS), (LABELS + 1) % CLASSES] = COSINES[value]
    features.is_finite(
        lambda c: cross_entropy(OF_COSINES[name][0](c, LABELS), LABELS),
        jnp.asarray(c, dtype),
    )


@every_margin
@pytest.mark.parametrize("extreme", features.EXTREMES)
def test_is_finite_for_any_features(name, extreme):
    def loss(x):
        if name in OF_COSINES:
            cosines = margins.cosines(x, CENTERS)
            return cross_entropy(OF_COSINES[name][0](cosines, LABELS), LABELS)
        return bound(name)(x)

    features.is_finite(loss, features.EXTREMES[extreme].astype(np.float32))
    # On the center itself a cosine of float32 has no direction left.
    if name not in {"arcface", "combined_margin"} or "center" not in extreme:
        features.is_finite_and_close_to_float64(loss, features.EXTREMES[extreme])


@of_features
def test_is_finite_where_a_weight_is_zero(name):
    def loss(w):
        return cross_entropy(OF_FEATURES[name][0](features.OTHERS, w, LABELS), LABELS)

    weights = np.array(CENTERS, np.float32)
    weights[[0, 3]] = 0
    features.is_finite_and_close_to_float64(loss, weights)


JITTED = {
    name: jax.jit(jax.value_and_grad(lambda z, name=name: bound(name)(z).sum()))
    for name in (*OF_COSINES, *OF_FEATURES)
}


@every_margin
@settings(max_examples=25, deadline=None, derandomize=True)
@given(z=arrays(np.float32, (ROWS, CLASSES), elements=st.floats(-1e4, 1e4, width=32)))
def test_is_finite_whatever_comes(name, z):
    value, slope = JITTED[name](z)
    assert np.isfinite(value) and np.isfinite(slope).all()


@every_margin
def test_an_unknown_label_is_left_without_a_margin(name):
    z, y = battery.logits(), np.array([-1, 3, 5, 255, 0, 1])
    ignored = (y < 0) | (y >= CLASSES)

    def masked(z, y):
        values = cross_entropy(logits(name, z, y), y)
        return jnp.mean(values, where=(y >= 0) & (y < CLASSES))

    value, slope = jax.jit(jax.value_and_grad(masked))(z, y)
    kept = jax.value_and_grad(lambda z: of_labels(name)(z, y[~ignored]).mean())
    kept_value, kept_slope = jax.jit(kept)(z[~ignored])
    np.testing.assert_allclose(value, kept_value, rtol=1e-6)
    np.testing.assert_allclose(slope[~ignored], kept_slope, rtol=1e-5)
    assert (np.asarray(slope)[ignored] == 0).all()


# name -> the margin, and the settings that a schedule may trace
SETTINGS = {
    "cosface": (margins.cosface, {"margin": 0.2, "scale": 5.0}),
    "arcface": (margins.arcface, {"margin": 0.2, "scale": 5.0}),
    "combined_margin": (
        margins.combined_margin,
        {"m1": 1.2, "m2": 0.3, "m3": 0.1, "scale": 5.0},
    ),
    "circle": (margins.circle, {"margin": 0.2, "scale": 5.0}),
    "large_margin": (margins.large_margin, {"lam": 2.0}),
    "sphereface": (margins.sphereface, {"lam": 2.0}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_may_be_traced(name):
    margin, settings = SETTINGS[name]
    x = battery.logits()
    first = (np.tanh(x),) if name in OF_COSINES else (x, np.asarray(CENTERS))

    def slope(settings):
        return jax.grad(lambda x: margin(x, *first[1:], LABELS, **settings).sum())

    traced = jax.jit(lambda x, settings: slope(settings)(x))(first[0], settings)
    np.testing.assert_allclose(traced, slope(settings)(first[0]), rtol=1e-5, atol=1e-6)


@every_margin
def test_one_class_is_certain(name):
    z, y = battery.logits()[:, :1], np.zeros(ROWS, np.int32)

    def loss(z):
        if name in OF_COSINES:
            return cross_entropy(OF_COSINES[name][0](jnp.tanh(z), y), y)
        return cross_entropy(OF_FEATURES[name][0](z, jnp.ones((1, 1)), y), y)

    np.testing.assert_array_equal(loss(z), 0)
    np.testing.assert_array_equal(battery.gradient(loss, z), 0)


@every_margin
def test_little_is_kept_for_the_backward_pass(name):
    """No array over the classes but an input, and of cosines the products."""
    x, w = battery.logits(), np.asarray(CENTERS, np.float32)
    if name in OF_COSINES:
        pullback = jax.vjp(lambda c: OF_COSINES[name][0](c, LABELS), np.tanh(x))[1]
        inputs = 1
    else:
        of_both = OF_FEATURES[name][0]
        pullback = jax.vjp(lambda x, w: of_both(x, w, LABELS), x, w)[1]
        inputs = 4 if name == "cosines" else 2
    kept = [leaf.shape for leaf in jax.tree.leaves(pullback)]
    assert sum(len(shape) == 2 and min(shape) > 1 for shape in kept) <= inputs


@every_margin
def test_wrong_arguments_are_refused(name):
    c, x, w = np.tanh(battery.logits()), battery.logits(), CENTERS
    if name == "cosines":
        call, word = lambda x, y: margins.cosines(x, w), "features"
    elif name in OF_COSINES:
        call, word = OF_COSINES[name][0], "cosines"
    else:
        call, word = lambda x, y: OF_FEATURES[name][0](x, w, y), "features"
    with pytest.raises(TypeError, match=rf"{word} must be floating, got int32"):
        call(np.zeros((6, 5), np.int32), LABELS)
    with pytest.raises(ValueError, match=rf"{word} must be \[\.\.\., .*got shape \(\)"):
        call(np.float32(0), np.array(0))
    if name != "cosines":
        wanted = r"labels .*of shape \(6,\).*, got .* \(5,\)"
        with pytest.raises(ValueError, match=wanted):
            call(c, LABELS[:5])
        with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
            call(c, LABELS + np.array([0, 0, 0, 1, 0, 0]))
        with pytest.raises(TypeError, match=r"labels .*\.astype\(int\)"):
            call(c, LABELS.astype(np.float32))
    if name in OF_FEATURES:
        of_both = OF_FEATURES[name][0]
        wanted = r"weights must be \[num_classes, 5\] .*, got \(5, 4\)"
        with pytest.raises(ValueError, match=wanted):
            of_both(x, w[:, :4], LABELS)
        with pytest.raises(ValueError, match=r"weights must be \[num_classes, dim\]"):
            of_both(x, w[0], LABELS)
