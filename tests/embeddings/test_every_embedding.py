"""What holds for every loss of features. The next one is one line in the table."""

from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings
from tests import battery, features
from tests.battery import CLASSES, LABELS, ROWS
from tests.embeddings.table import EVERY, OF_BATCHES, OF_EXAMPLES, bound, of_labels
from tests.features import CENTERS, DIM, OTHERS

# Those that let no gradient through some of their parts, so that it is no difference
# quotient of their value.
STOPPED = {"circle", "include_exclude"}
# Those of two views of a batch, of which the second here is made of the first.
VIEWS = {"barlow_twins", "vicreg"}
# Those that look at directions alone.
DIRECTIONS = {"cosine", "pedcc_mse", "pedcc", "pedcc of a root", "circle"}
DIRECTIONS |= {"circle of moving weights", "self_correlation"}
# Those whose pairs or logits here are made of the labels.
OF_ORDER = {"contrastive", "feature_incay"}
# Those without classes that have vectors.
WITHOUT_CENTERS = OF_ORDER | VIEWS | {"triplet", "orthogonality", "circle"}
WITHOUT_CENTERS |= {"circle of moving weights"}


def names(some):
    return pytest.mark.parametrize("name", sorted(some))


of_examples, every = names(OF_EXAMPLES), names(EVERY)


@of_examples
def test_any_leading_shape(name):
    battery.any_leading_shape(bound(name), of_labels(name), battery.logits())


@names(OF_BATCHES.keys() - {"orthogonality"})
def test_leading_axes_are_the_batch(name):
    x = battery.logits()
    square = of_labels(name)(x.reshape(2, 3, DIM), LABELS.reshape(2, 3))
    assert square.shape in {(), (2, 3)} and square.dtype == jnp.float32
    np.testing.assert_allclose(square.ravel(), bound(name)(x).ravel(), rtol=1e-6)


@names(OF_BATCHES.keys() - {"orthogonality"})
def test_batches_are_mapped(name):
    x = battery.logits()
    twice = jax.vmap(of_labels(name))(np.stack([x, -x]), np.stack([LABELS, LABELS]))
    np.testing.assert_allclose(twice[1], bound(name)(-x), rtol=1e-6)


@every
def test_transformations(name):
    battery.transformations(bound(name), battery.logits())


@names(EVERY.keys() - VIEWS)
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(name, dtype):
    battery.half_precision_is_computed_in_float32(bound(name), battery.logits(), dtype)


@names(VIEWS)
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_views_in_half_precision_are_computed_in_float32(name, dtype):
    loss = getattr(embeddings, name)
    battery.half_precision_is_computed_in_float32(
        lambda x: loss(x, jnp.asarray(OTHERS, dtype)), battery.logits(), dtype
    )


@every
def test_float64_stays_float64(name):
    battery.float64_stays_float64(bound(name), battery.logits())


@every
def test_gradient_is_that_of_the_printed_formula(name):
    def mean(which):
        return lambda x: jnp.mean(bound(name, which)(x))

    battery.gradient_is_that_of(mean(0), mean(1))
    if name not in STOPPED:
        battery.gradient_is_a_difference_quotient(mean(0))


@of_examples
def test_values_are_those_of_the_printed_formula(name):
    with jax.enable_x64(True):
        x = battery.logits(seed=1, dtype=np.float64)
        np.testing.assert_allclose(bound(name)(x), bound(name, 1)(x), rtol=1e-10)


@of_examples
def test_a_cotangent_scales_each_example(name):
    battery.a_cotangent_scales_each_example(bound(name), battery.logits())


@names(EVERY.keys() - OF_ORDER)
def test_classes_have_no_order(name):
    x, order = battery.logits(), np.array([3, 0, 4, 1, 2])
    moved = EVERY[name][0](x, np.argsort(order)[LABELS], features.centers()[order])
    np.testing.assert_allclose(moved, bound(name)(x), rtol=1e-5)


@every
@pytest.mark.parametrize("extreme", features.EXTREMES)
def test_is_finite_and_close_to_float64(name, extreme):
    x = features.EXTREMES[extreme]
    # A root of the distances has no digits where rounding is all there is of them, and
    # of unit centers none is nearest to 0.
    if (name == "pedcc of a root" and "their centers" in extreme) or (
        name == "include_exclude of the nearest, A.1" and "zero" in extreme
    ):
        features.is_finite(bound(name), x.astype(np.float32))
    else:
        features.is_finite_and_close_to_float64(bound(name), x)


@every
@pytest.mark.parametrize("labels", [[3] * ROWS, [0, 1, 2, 3, 4, 0]])
def test_is_finite_whatever_classes_are_present(name, labels):
    labels = np.array(labels)
    features.is_finite_and_close_to_float64(
        lambda x: of_labels(name)(x, labels), battery.logits()
    )


@every
def test_is_finite_for_one_example(name):
    loss = jax.jit(lambda x: of_labels(name)(x, LABELS[:1]))
    features.is_finite_and_close_to_float64(loss, battery.logits()[:1])
    if name == "include_exclude of the nearest, A.1":  # of unit centers none is to 0
        features.is_finite(loss, np.zeros((1, DIM), np.float32))
    else:
        features.is_finite_and_close_to_float64(loss, np.zeros((1, DIM)))


@names(DIRECTIONS)
def test_directions_have_digits_at_any_length(name):
    x = battery.logits()
    np.testing.assert_allclose(bound(name)(1e15 * x), bound(name)(x), rtol=1e-4)
    features.is_finite(bound(name), 1e15 * x)
    features.is_finite(bound(name), 1e-30 * x)


JITTED = {
    name: jax.jit(jax.value_and_grad(lambda x, name=name: bound(name)(x).mean()))
    for name in EVERY
}


@every
@settings(max_examples=25, deadline=None, derandomize=True)
@given(x=arrays(np.float32, (ROWS, DIM), elements=st.floats(-1e4, 1e4, width=32)))
def test_is_finite_whatever_comes(name, x):
    value, slope = JITTED[name](x)
    assert np.isfinite(value) and np.isfinite(slope).all()


@names(EVERY.keys() - WITHOUT_CENTERS)
def test_an_unknown_label_takes_its_example_out(name):
    x, y = battery.logits(), np.array([-1, 3, 5, 255, 0, 1])
    ignored = (y < 0) | (y >= CLASSES)

    def masked(x, y):
        values = jnp.broadcast_to(of_labels(name)(x, y), y.shape)
        return jnp.mean(values, where=(y >= 0) & (y < CLASSES))

    value, slope = jax.jit(jax.value_and_grad(masked))(x, y)
    kept = jax.value_and_grad(lambda x: of_labels(name)(x, y[~ignored]).mean())
    kept_value, kept_slope = jax.jit(kept)(x[~ignored])
    np.testing.assert_allclose(value, kept_value, rtol=1e-5)
    np.testing.assert_allclose(slope[~ignored], kept_slope, rtol=1e-4)
    assert (np.asarray(slope)[ignored] == 0).all()
    values = jax.jit(of_labels(name))(x, y)
    if values.shape:
        np.testing.assert_array_equal(np.isnan(values), ignored)


@names(EVERY.keys() - VIEWS)
def test_wrong_features_are_refused(name):
    with pytest.raises(TypeError, match=r"must be floating, got int32"):
        bound(name)(np.zeros((ROWS, DIM), np.int32))


@names(EVERY.keys() - WITHOUT_CENTERS - {"self_correlation by the Gram matrix"})
def test_wrong_labels_and_centers_are_refused(name):
    loss, x, c = EVERY[name][0], battery.logits(), CENTERS
    wanted = r"labels must be .* \(6,\) .* got .* of shape \(5,\)"
    with pytest.raises(ValueError, match=wanted):
        loss(x, LABELS[:5], c)
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
        loss(x, LABELS + np.array([0, 0, 0, 1, 0, 0]), c)
    with pytest.raises(TypeError, match=r"labels .*\.astype\(int\)"):
        loss(x, LABELS.astype(np.float32), c)
    with pytest.raises(ValueError, match=r"features must be \[\.\.\., dim\]"):
        loss(np.float32(0), np.array(0), c)
    if name != "running_center":
        wanted = r"cent\w+ must be \[num_classes, 5\] .*\(6, 5\), got \(5, 4\)"
        with pytest.raises(ValueError, match=wanted):
            loss(x, LABELS, c[:, :4])
        with pytest.raises(ValueError, match=r"cent\w+ must be \[num_classes, dim\]"):
            loss(x, LABELS, c[0])
        with pytest.raises(TypeError, match=r"cent\w+ must be floating, got int32"):
            loss(x, LABELS, c.astype(np.int32))
