"""Errata of POD: the printed formula or number, and what contradicts it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import centroids, data, embeddings, margins

AXES = np.eye(2)
KEY = jax.random.key(0)
simplex = jax.jit(centroids.simplex, static_argnums=(1, 2))
self_correlation = jax.jit(embeddings.self_correlation, static_argnames="per_dimension")

# Table 4: accuracy and printed gain over softmax on CIFAR-10, CIFAR-100, Tiny ImageNet
# and FaceScrub
SOFTMAX = [93.25, 76.42, 62.10, 91.04]
TABLE_4 = {
    "Center": ([92.82, 76.91, 60.71, 92.82], [-0.43, 0.49, -1.39, 1.78]),
    "AM-Softmax": ([92.49, 75.99, 59.69, 93.60], [-0.76, -0.43, -2.41, 2.56]),
    "ArcFace": ([92.44, 76.41, 62.15, 93.93], [-0.81, -0.01, 0.05, 2.89]),
    "CM": ([93.19, 75.78, 59.53, 94.39], [-0.06, -0.64, -2.57, 3.35]),
    "COT": ([93.60, 76.96, 62.21, 94.30], [0.35, 0.54, 0.11, 2.26]),
    "PEDCC": ([93.65, 77.04, 62.97, 94.20], [0.40, 0.62, 0.87, 3.16]),
    "Cosine": ([93.83, 77.70, 62.61, 93.01], [0.58, 1.28, 0.51, 1.97]),
    "NaC": ([94.23, 78.24, 64.35, 95.10], [0.98, 1.82, 2.25, 4.06]),
    "POD": ([94.31, 79.17, 64.58, 95.22], [1.06, 2.75, 2.48, 4.18]),
}

# Table 8: softmax, POD and the printed gain
TABLE_8 = {
    ("ViT-B/16", "CIFAR-100"): (92.14, 92.84, 0.70),
    ("ViT-B/16", "FaceScrub"): (97.28, 97.69, 0.41),
    ("ViT-B/16", "ImageNet(100)"): (86.66, 87.48, 0.82),
    ("ViT-B/16", "ImageNet(500)"): (86.38, 87.11, 0.73),
    ("ViT-B/16", "ImageNet(1000)"): (82.16, 81.20, -0.94),
    ("Swin-B", "CIFAR-100"): (91.67, 92.26, 0.59),
    ("Swin-B", "FaceScrub"): (99.13, 99.26, 0.13),
    ("Swin-B", "ImageNet(100)"): (89.02, 89.14, 0.12),
    ("Swin-B", "ImageNet(500)"): (88.74, 88.95, 0.21),
    ("Swin-B", "ImageNet(1000)"): (84.68, 84.53, -0.15),
}


def at_angle(degrees):
    """Features of length 1 at angles to the centroid of class 0 of AXES."""
    angle = np.deg2rad(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def of_class_0(loss, x, **options):
    labels = np.zeros(x.shape[:-1], int)
    return jax.jit(lambda x: loss(x, labels, AXES, **options))(x)


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
    """The loss of a feature of length 1 on its centroid."""
    loss = of_class_0(
        embeddings.norm_adaptive_cosine, at_angle(0), delta=delta, hypot=hypot
    )
    np.testing.assert_allclose(loss, floor, atol=5e-4)
    np.testing.assert_allclose(1 - np.sqrt(loss), cosine, atol=5e-4)


@pytest.mark.parametrize(
    "options, delta",
    [({}, 0.05), ({"first_epoch": 1, "initial_delta": 0.01 * 1 * 0.05}, 5e-4)],
    ids=["code", "paper"],
)
def test_the_first_delta_is_a_hundred_times_smaller_as_printed(options, delta):
    """As printed, M = 0.05 is multiplied by alpha = 0.01 and e; the code has 0.05."""
    loss = embeddings.nac(AXES, **options)
    np.testing.assert_allclose(loss.init().delta, delta, rtol=1e-12)


@pytest.mark.parametrize(
    "features, share", [("in the span of the centroids", 1.054), ("random", 0.193)]
)
def test_the_code_measures_the_norm_of_the_logits_and_not_of_the_features(
    features, share
):
    """10 classes in 256 dimensions."""
    points = np.asarray(simplex(KEY, 10, 256))
    x = np.random.default_rng(0).normal(size=(2000, 256))
    if features != "random":
        x = x @ points.T @ points

    def norms(x, of):
        loss = embeddings.nac(points, norm_of=of)
        return loss.apply(loss.init(), x, np.zeros(2000, int))[1].norms

    norms = jax.jit(norms, static_argnames="of")
    np.testing.assert_allclose(
        norms(x, of="logits") / norms(x, of="features"), share, rtol=1e-2
    )


def test_the_code_divides_the_self_correlation_by_the_dimensions_less_one():
    points = simplex(KEY, 10, 256)
    x, y = np.random.default_rng(0).normal(size=(32, 256)), np.arange(32) % 10
    printed = self_correlation(x, y, points)
    of_code = self_correlation(x, y, points, per_dimension=True)
    np.testing.assert_allclose(printed / of_code, 255, rtol=1e-12)


def test_the_self_correlation_of_equation_19_is_neither_centred_nor_scaled():
    """Two equal examples, for which no correlation coefficient is defined."""
    x = np.stack([at_angle(90)] * 2)
    gap = at_angle(90) - AXES[0]
    np.testing.assert_allclose(gap, [-1, 1], atol=1e-12)
    second_moments = 2 * np.outer(gap, gap)
    np.testing.assert_allclose(
        of_class_0(embeddings.self_correlation, x), 2 * second_moments[0, 1] ** 2
    )
    np.testing.assert_allclose(of_class_0(embeddings.self_correlation, x), 8)


def test_equation_19_of_one_example_divides_by_0_and_the_library_returns_0():
    assert of_class_0(embeddings.self_correlation, at_angle([30.0])) == 0


def slope_by_angle(degrees):
    def of_angle(angle):
        x = jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=-1)
        return of_class_0(embeddings.cosine, x)

    return jax.jit(jax.vmap(jax.grad(of_angle)))(np.deg2rad(degrees))


def test_the_slope_of_figure_3_reaches_1_at_64_degrees_and_2_6_at_120():
    """The text says around 65 degrees, and 2.5."""
    angles = np.linspace(1, 179, 17_801)
    slopes = np.asarray(slope_by_angle(angles))
    np.testing.assert_allclose(angles[np.argmax(slopes >= 1)], 63.74, atol=0.01)
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
        simplex(KEY, 1000, 768)
    points = np.asarray(simplex(KEY, 10, 9))
    np.testing.assert_allclose(
        points @ points.T, np.eye(10) * 10 / 9 - 1 / 9, atol=1e-12
    )


def test_the_combined_margin_is_not_what_insightface_computes_for_it():
    """m1 = 0.9, m2 = 0.4, m3 = 0.15 at 60 degrees: insightface ignores m1 and m2."""
    cosines, labels = np.array([[0.5, 0.0]]), np.array([0])
    combined_margin, cosface = map(jax.jit, (margins.combined_margin, margins.cosface))
    logits = combined_margin(cosines, labels, m1=0.9, m2=0.4, m3=0.15, scale=1.0)
    np.testing.assert_allclose(logits[0, 0], 0.076, atol=5e-4)
    of_insightface = cosface(cosines, labels, margin=0.15, scale=1.0)
    np.testing.assert_allclose(of_insightface[0, 0], 0.35, rtol=1e-12)


def test_the_gain_of_cot_on_facescrub_in_table_4_is_3_26_and_not_2_26():
    wrong = {
        (loss, column): round(accuracy - SOFTMAX[column], 2)
        for loss, (accuracies, gains) in TABLE_4.items()
        for column, (accuracy, gain) in enumerate(zip(accuracies, gains, strict=True))
        if round(accuracy - SOFTMAX[column], 2) != gain
    }
    assert wrong == {("COT", 3): 3.26}


def test_the_loss_of_vit_on_1000_classes_in_table_8_is_0_96_and_not_0_94():
    wrong = {
        cell: round(pod - softmax, 2)
        for cell, (softmax, pod, gain) in TABLE_8.items()
        if round(pod - softmax, 2) != gain
    }
    assert wrong == {("ViT-B/16", "ImageNet(1000)"): -0.96}


def test_pod_is_not_always_better_on_transformers():
    worse = [cell for cell, (softmax, pod, _) in TABLE_8.items() if pod < softmax]
    assert worse == [("ViT-B/16", "ImageNet(1000)"), ("Swin-B", "ImageNet(1000)")]


def test_the_gain_of_table_6_shrinks_with_the_classes_up_to_500_and_not_beyond():
    """ImageNet with 30, 100, 200, 500 and 1000 classes."""
    softmax = np.array([79.86, 78.25, 82.06, 82.14, 75.65])
    pod = np.array([86.47, 82.36, 83.74, 82.56, 76.08])
    gains = pod - softmax
    np.testing.assert_allclose(gains, [6.61, 4.11, 1.68, 0.42, 0.43], atol=1e-9)
    np.testing.assert_array_equal(np.diff(gains) < 0, [True, True, True, False])


def test_five_classes_in_two_dimensions_break_the_theorem_in_figure_6():
    with pytest.raises(ValueError, match="5"):
        simplex(KEY, 5, 2)
    assert jax.eval_shape(lambda: centroids.simplex(KEY, 3, 2)).shape == (3, 2)


def test_imagenet_has_1281167_and_50000_images():
    """Section 4 says 1,282,166 and 51,000."""
    assert data.imagenet2012().sizes == {"train": 1_281_167, "test": 50_000}
