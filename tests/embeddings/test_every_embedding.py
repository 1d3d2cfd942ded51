"""What holds for every loss of features. The next one is one line."""

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
from tests.embeddings import printed
from tests.features import CENTERS, DIM, OTHERS

LOGITS = battery.logits(seed=5)


def first_apply(loss, x, y):
    return loss.apply(loss.init(), x, y)[0]


# One value an example: name -> (the loss, the formula as the paper prints it), both of
# features, labels and centers.
OF_EXAMPLES = {
    "center": (embeddings.center, printed.center),
    "running_center": (
        lambda x, y, c: first_apply(embeddings.running_center(CLASSES, DIM), x, y),
        lambda x, y, c: printed.center(x, y, jnp.zeros_like(c)),
    ),
    "cosine": (embeddings.cosine, lambda x, y, c: printed.nac(x, y, c, 0.0)),
    "norm_adaptive_cosine": (
        lambda x, y, c: embeddings.norm_adaptive_cosine(x, y, c, delta=0.3),
        lambda x, y, c: printed.nac(x, y, c, 0.3),
    ),
    "norm_adaptive_cosine hypot": (
        lambda x, y, c: embeddings.norm_adaptive_cosine(x, y, c, delta=0.3, hypot=True),
        lambda x, y, c: printed.nac(x, y, c, 0.3, hypot=True),
    ),
    "nac": (
        lambda x, y, c: first_apply(embeddings.nac(c), x, y),
        lambda x, y, c: printed.nac(x, y, c, 0.05),
    ),
    "pedcc_mse": (embeddings.pedcc_mse, printed.pedcc_mse),
    "pedcc": (
        lambda x, y, c: embeddings.pedcc(x, y, c, margin=0.3, scale=2.0),
        lambda x, y, c: printed.pedcc(x, y, c, margin=0.3, scale=2.0, n=1),
    ),
    "contrastive": (
        lambda x, y, c: embeddings.contrastive(x, partners(x), y < 2, margin=3.0),
        lambda x, y, c: printed.contrastive(x, partners(x), y < 2, margin=3.0),
    ),
    "triplet": (
        lambda x, y, c: embeddings.triplet(x, partners(x), -partners(x), margin=5.0),
        lambda x, y, c: printed.triplet(x, partners(x), -partners(x), margin=5.0),
    ),
    "feature_incay": (
        lambda x, y, c: embeddings.feature_incay(x, y, scores_of(y), eps=0.1),
        lambda x, y, c: printed.feature_incay(x, y, scores_of(y), eps=0.1),
    ),
    "include_exclude of all classes": (
        lambda x, y, c: embeddings.include_exclude(
            x, y, c, 0.8, alpha=3.0, present_only=False
        ),
        lambda x, y, c: printed.include_exclude(x, y, c, 0.8, alpha=3.0),
    ),
    "include_exclude of the nearest, A.1": (
        lambda x, y, c: embeddings.include_exclude(
            x, y, c, 0.8, alpha=3.0, num_nearest=2, inside=True, present_only=False
        ),
        lambda x, y, c: printed.include_exclude(
            x, y, c, 0.8, alpha=3.0, nearest=2, inside=2
        ),
    ),
}


def partners(x):
    """The second of each pair: one vector for all, as features come in any shape."""
    return jnp.broadcast_to(jnp.asarray(OTHERS[0]), x.shape)


def wide(x):
    """More dimensions than the batch has examples."""
    return jnp.concatenate([x, jnp.roll(x, 1, axis=-1)], axis=-1)


def scores_of(y):
    """Logits that are right for the even classes."""
    return jax.nn.one_hot(y, CLASSES) * (1 - 2 * (y % 2))[..., None]


# Of the batch: one value, or one an example that the others have a part in; printed
# formulas give the mean.
OF_BATCHES = {
    "circle": (
        lambda x, y, c: embeddings.circle(x, y, scale=3.0),
        lambda x, y, c: printed.circle(x, y, margin=0.25, scale=3.0),
    ),
    "circle of moving weights": (
        lambda x, y, c: embeddings.circle(
            x, y, margin=0.4, scale=3.0, stop_weights=False
        ),
        lambda x, y, c: printed.circle(x, y, margin=0.4, scale=3.0, stop=lambda a: a),
    ),
    "include_exclude": (
        lambda x, y, c: embeddings.include_exclude(x, y, c, alpha=1.0),
        lambda x, y, c: printed.include_exclude_of_batch(x, y, c, alpha=1.0),
    ),
    "self_correlation": (embeddings.self_correlation, printed.self_correlation),
    "self_correlation by the Gram matrix": (
        lambda x, y, c: embeddings.self_correlation(wide(x), y, wide(c)),
        lambda x, y, c: printed.self_correlation(wide(x), y, wide(c)),
    ),
    "pod": (
        lambda x, y, c: first_apply(
            embeddings.pod(c, lam=0.5, per_dimension=True), x, y
        ),
        lambda x, y, c: (
            printed.nac(x, y, c, 0.05).mean()
            + 0.5 * printed.self_correlation(x, y, c) / (x.shape[-1] - 1)
        ),
    ),
    "pedcc of a root": (
        lambda x, y, c: embeddings.pedcc(x, y, c, margin=0.3, scale=2.0, n=3),
        lambda x, y, c: printed.pedcc(x, y, c, margin=0.3, scale=2.0, n=3).mean(),
    ),
    "barlow_twins": (
        lambda x, y, c: embeddings.barlow_twins(x, x**2 + c[y], lam=0.1),
        lambda x, y, c: printed.barlow_twins(x, x**2 + c[y], lam=0.1),
    ),
    "vicreg": (
        lambda x, y, c: embeddings.vicreg(x, x**2 + c[y]),
        lambda x, y, c: printed.vicreg(x, x**2 + c[y]),
    ),
    "orthogonality": (
        lambda x, y, c: embeddings.orthogonality(x),
        lambda x, y, c: printed.orthogonality(x),
    ),
}
EVERY = OF_EXAMPLES | OF_BATCHES
# Those that let no gradient through some of their parts, so that it is no difference
# quotient of their value.
STOPPED = {"circle", "include_exclude"}

of_examples = pytest.mark.parametrize("name", OF_EXAMPLES)
of_batches = pytest.mark.parametrize("name", OF_BATCHES)
every = pytest.mark.parametrize("name", EVERY)


def of_labels(name, which=0):
    return lambda x, y: EVERY[name][which](x, y, jnp.asarray(CENTERS))


def bound(name, which=0):
    return lambda x: of_labels(name, which)(x, LABELS)


@of_examples
def test_any_leading_shape(name):
    battery.any_leading_shape(bound(name), of_labels(name), battery.logits())


@of_batches
def test_leading_axes_are_the_batch(name):
    x = battery.logits()
    if name != "orthogonality":
        square = of_labels(name)(x.reshape(2, 3, DIM), LABELS.reshape(2, 3))
        assert square.shape in {(), (2, 3)} and square.dtype == jnp.float32
        np.testing.assert_allclose(square.ravel(), bound(name)(x).ravel(), rtol=1e-6)
        twice = jax.vmap(of_labels(name))(np.stack([x, -x]), np.stack([LABELS, LABELS]))
        np.testing.assert_allclose(twice[1], bound(name)(-x), rtol=1e-6)


@every
def test_transformations(name):
    battery.transformations(bound(name), battery.logits())


@every
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(name, dtype):
    if name in {
        "barlow_twins",
        "vicreg",
    }:  # whose second view here is made of the first
        f = lambda x: EVERY[name][0](x.astype(jnp.float32), LABELS, CENTERS)  # noqa: E731
    else:
        f = bound(name)
    battery.half_precision_is_computed_in_float32(f, battery.logits(), dtype)


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


@every
def test_classes_have_no_order(name):
    if name == "feature_incay":  # whose logits here are made of the labels
        return
    order = np.array([3, 0, 4, 1, 2])
    moved = EVERY[name][0](
        battery.logits(), np.argsort(order)[LABELS], jnp.asarray(CENTERS)[order]
    )
    if name != "contrastive":  # whose pairs here are made of the labels
        np.testing.assert_allclose(moved, bound(name)(battery.logits()), rtol=1e-5)


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
    for x in (battery.logits()[:1], np.zeros((1, DIM))):
        features.is_finite_and_close_to_float64(
            lambda x: of_labels(name)(x, LABELS[:1]), x
        )


@every
def test_directions_have_digits_at_any_length(name):
    """What looks at directions alone is finite at 1e15 too."""
    if name.split()[0] in {
        "cosine",
        "pedcc_mse",
        "pedcc",
        "self_correlation",
        "circle",
    }:
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


WITHOUT_CLASSES = {"contrastive", "triplet", "feature_incay", "orthogonality", "circle"}
WITHOUT_CLASSES |= {"barlow_twins", "vicreg", "circle of moving weights"}


@pytest.mark.parametrize("name", sorted(EVERY.keys() - WITHOUT_CLASSES))
def test_an_unknown_label_takes_its_example_out(name):
    x, y = battery.logits(), np.array([-1, 3, 5, 255, 0, 1])
    ignored = (y < 0) | (y >= CLASSES)

    @jax.jit
    def masked(x, y):
        values = jnp.broadcast_to(of_labels(name)(x, y), y.shape)
        return jnp.mean(values, where=(y >= 0) & (y < CLASSES))

    value, slope = jax.value_and_grad(masked)(x, y)
    kept = jax.value_and_grad(lambda x: of_labels(name)(x, y[~ignored]).mean())
    np.testing.assert_allclose(value, kept(x[~ignored])[0], rtol=1e-5)
    np.testing.assert_allclose(slope[~ignored], kept(x[~ignored])[1], rtol=1e-4)
    assert (np.asarray(slope)[ignored] == 0).all()
    values = jax.jit(of_labels(name))(x, y)
    if values.shape:
        np.testing.assert_array_equal(np.isnan(values), ignored)


@every
def test_wrong_features_are_refused(name):
    if name in {"barlow_twins", "vicreg"}:
        return  # tests of their own
    with pytest.raises(TypeError, match=r"must be floating, got int32"):
        bound(name)(np.zeros((ROWS, DIM), np.int32))


@pytest.mark.parametrize("name", sorted(EVERY.keys() - WITHOUT_CLASSES))
def test_wrong_labels_and_centers_are_refused(name):
    loss, x, c = EVERY[name][0], battery.logits(), CENTERS
    with pytest.raises(ValueError, match=r"want labels of shape \(6,\), got .* \(5,\)"):
        loss(x, LABELS[:5], c)
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
        loss(x, LABELS + np.array([0, 0, 0, 1, 0, 0]), c)
    with pytest.raises(TypeError, match=r"labels .*\.astype\(int\)"):
        loss(x, LABELS.astype(np.float32), c)
    with pytest.raises(ValueError, match=r"features must be \[\.\.\., dim\]"):
        loss(np.float32(0), np.array(0), c)
    if name != "running_center":
        wanted = r"\(6, 5\) want cent\w+ of shape \[num_classes, 5\], got \(5, 4\)"
        with pytest.raises(ValueError, match=wanted):
            loss(x, LABELS, c[:, :4])
        with pytest.raises(ValueError, match=r"cent\w+ must be \[num_classes, dim\]"):
            loss(x, LABELS, c[0])
        with pytest.raises(TypeError, match=r"cent\w+ must be floating, got int32"):
            loss(x, LABELS, c.astype(np.int32))
