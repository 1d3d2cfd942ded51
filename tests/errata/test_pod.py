"""The errata of POD: what is printed, and what contradicts it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import centroids, embeddings, margins

AXES = np.eye(2)


def at_angle(degrees):
    """Features of length 1 at angles to the centroid of class 0 of AXES."""
    angle = jnp.deg2rad(jnp.asarray(degrees, float))
    return jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=-1)


def of_class_0(loss, x, **options):
    return loss(x, jnp.zeros(x.shape[:-1], int), AXES, **options)


def test_equation_7_has_a_square_too_many():
    """Features at 60 and 120 degrees: Eqs. (6) and (8), (7), and (9)."""
    x = at_angle([60, 120])
    np.testing.assert_allclose(of_class_0(embeddings.pedcc_mse, x).mean(), 1.0)
    equation_7 = (1 + 1 - 2 * x @ AXES[0]) ** 2 / 2
    np.testing.assert_allclose(equation_7.mean(), 2.5)
    np.testing.assert_allclose(of_class_0(embeddings.cosine, x).mean(), 1.25)


@pytest.mark.parametrize(
    "delta, hypot, cosine, floor",
    [
        (0.1, False, 0.909, 0.008),
        (0.1, True, 0.995, 0.000),
        (1.0, False, 0.5, 0.25),
        (1.0, True, 0.707, 0.086),
    ],
)
def test_the_code_takes_the_root_of_squares_where_equation_16_takes_the_sum(
    delta, hypot, cosine, floor
):
    """What a feature of length 1 on its centroid still costs."""
    loss = of_class_0(
        embeddings.norm_adaptive_cosine, at_angle(0), delta=delta, hypot=hypot
    )
    np.testing.assert_allclose(loss, floor, atol=5e-4)
    np.testing.assert_allclose(1 - jnp.sqrt(loss), cosine, atol=5e-4)


@pytest.mark.parametrize(
    "options, delta",
    [({}, 0.05), ({"first_epoch": 1, "initial_delta": 0.01 * 1 * 0.05}, 5e-4)],
    ids=["code", "paper"],
)
def test_the_first_delta_is_a_hundred_times_smaller_as_printed(options, delta):
    """M = 0.05 is to be multiplied by alpha = 0.01 and e; the code has delta = 0.05."""
    loss = embeddings.nac(AXES, **options)
    np.testing.assert_allclose(loss.init().delta, delta, rtol=1e-12)


@pytest.mark.parametrize(
    "features, share", [("in the span of the centroids", 1.054), ("random", 0.193)]
)
def test_the_code_measures_the_norm_of_the_logits_and_not_of_the_features(
    features, share
):
    """10 classes in 256 dimensions."""
    points = centroids.simplex(jax.random.key(0), 10, 256)
    x = jax.random.normal(jax.random.key(0), (2000, 256))
    if features != "random":
        x = x @ points.T @ points
    norms = {}
    for of in ("features", "logits"):
        loss = embeddings.nac(points, norm_of=of)
        _, state = loss.apply(loss.init(), x, jnp.zeros(2000, int))
        norms[of] = state.norms
    np.testing.assert_allclose(norms["logits"] / norms["features"], share, rtol=1e-2)


def test_the_code_divides_the_self_correlation_by_the_dimensions_less_one():
    points = centroids.simplex(jax.random.key(0), 10, 256)
    x, y = jax.random.normal(jax.random.key(0), (32, 256)), jnp.arange(32) % 10
    printed = embeddings.self_correlation(x, y, points)
    of_code = embeddings.self_correlation(x, y, points, per_dimension=True)
    np.testing.assert_allclose(printed / of_code, 255, rtol=1e-12)


def test_the_self_correlation_of_equation_19_is_neither_centred_nor_scaled():
    """Two equal examples, which no correlation coefficient is defined for."""
    x = jnp.stack([at_angle(90)] * 2)
    gap = at_angle(90) - AXES[0]
    np.testing.assert_allclose(gap, [-1, 1], atol=1e-12)
    second_moments = 2 * jnp.outer(gap, gap)
    np.testing.assert_allclose(
        of_class_0(embeddings.self_correlation, x), 2 * second_moments[0, 1] ** 2
    )
    np.testing.assert_allclose(of_class_0(embeddings.self_correlation, x), 8)


def test_equation_19_of_one_example_divides_by_0_and_the_library_returns_0():
    assert of_class_0(embeddings.self_correlation, at_angle([30.0])) == 0


def slope_by_angle(degrees):
    def of_angle(a):
        return of_class_0(embeddings.cosine, at_angle(jnp.rad2deg(a)))

    return jax.vmap(jax.grad(of_angle))(jnp.deg2rad(degrees))


def test_the_slope_of_figure_3_reaches_1_at_64_degrees_and_2_6_at_120():
    """The text says around 65 degrees, and 2.5."""
    angles = jnp.linspace(1, 179, 17_801)
    slopes = slope_by_angle(angles)
    np.testing.assert_allclose(angles[jnp.argmax(slopes >= 1)], 63.74, atol=0.01)
    np.testing.assert_allclose(slopes.max(), 2.598, atol=5e-4)
    np.testing.assert_allclose(angles[slopes.argmax()], 120, atol=0.01)


def test_equation_4_takes_the_root_of_the_distance_and_the_code_its_power():
    """At 41.4 degrees, where it is 1/4: 1/2 for n = 2, and 1/16 in the code."""
    x = at_angle([np.rad2deg(np.arccos(0.75))])
    with_it, without = (
        of_class_0(embeddings.pedcc, x, lam=lam, n=2) for lam in (1.0, 0.0)
    )
    np.testing.assert_allclose(with_it - without, 0.5, rtol=1e-9)
    np.testing.assert_allclose(of_class_0(embeddings.pedcc_mse, x) ** 2, 1 / 16)


def test_1000_classes_in_768_dimensions_break_the_theorem_of_section_3_2():
    with pytest.raises(ValueError, match="1000"):
        centroids.simplex(jax.random.key(0), 1000, 768)
    points = centroids.simplex(jax.random.key(0), 10, 9)
    np.testing.assert_allclose(
        points @ points.T, np.eye(10) * 10 / 9 - 1 / 9, atol=1e-12
    )


def test_the_combined_margin_is_not_what_insightface_computes_for_it():
    """m1 = 0.9, m2 = 0.4, m3 = 0.15 at 60 degrees: it ignores m1 and m2."""
    cosines, labels = jnp.array([[0.5, 0.0]]), jnp.array([0])
    logits = margins.combined_margin(
        cosines, labels, m1=0.9, m2=0.4, m3=0.15, scale=1.0
    )
    np.testing.assert_allclose(logits[0, 0], 0.076, atol=5e-4)
    of_insightface = margins.cosface(cosines, labels, margin=0.15, scale=1.0)
    np.testing.assert_allclose(of_insightface[0, 0], 0.35, rtol=1e-12)
