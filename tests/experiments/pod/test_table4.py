"""`experiments.pod.recipes` and `table4`: nothing is trained."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import Outputs, train
from experiments.harness.method import total
from experiments.pod import recipes, table4

CELLS = {
    (row, name): table4.cell(row, name)
    for row in table4.ROWS
    for name in recipes.DATASETS
}


def test_table4_has_44_networks_of_which_12_are_reduced():
    runs = [cell.run for cell in CELLS.values() if cell is not None]
    assert len({run.identity for run in runs}) == len(runs) == 44
    reduced = [run.recipe.name for run in runs if run.recipe.reduced is not None]
    assert reduced == ["CIFAR-10 resnet50"] * 12
    assert len(table4.PAGE.printed) == 40


@pytest.mark.long
def test_the_losses_have_values_and_gradients_of_real_widths():
    images, rng = recipes.DATASETS["CIFAR-10"], np.random.default_rng(0)
    num_classes = images.dataset.num_classes
    features = rng.normal(size=(8, images.dim)).astype(np.float32)
    labels = np.arange(8, dtype=np.int32)
    shapes = Outputs(jnp.asarray(features), jnp.zeros((8, num_classes)))
    losses = [
        (row, head, total(parts))
        for row, (head, method) in recipes.methods(num_classes, images.dim).items()
        for parts in method.objectives(shapes, labels)
    ]

    @jax.jit
    def values_and_gradients(features, labels):
        found = []
        for _, head, loss in losses:

            def value(features, labels, head=head, loss=loss):
                outputs = head.init_with_output(jax.random.key(0), features)[0]
                return loss.apply(loss.init(), outputs, labels)[0].mean()

            of_loss = jax.vmap(jax.value_and_grad(value), axis_name="batch")
            found.append(of_loss(features, labels))
        return found

    assert len(losses) == len(table4.ROWS) + 1  # COT has a second update
    found = values_and_gradients(features[None], labels[None])
    for (row, _, _), (value, gradient) in zip(losses, found, strict=True):
        assert np.isfinite(value).all(), row
        assert np.isfinite(gradient).all(), row
        assert np.abs(gradient).max() > 0, row


def test_geometry_of_features_on_their_centroids():
    points = recipes.points(10, 256)
    labels = np.arange(20) % 10
    lengths = np.array([1.0, 3.0], np.float32).repeat(10)[:, None]
    logits = np.zeros((20, 10), np.float32)
    test = train.Predictions(logits, labels, lengths * points[labels])
    for is_fixed in (True, False):  # the points have the mean 0
        found = recipes.geometry(test, is_fixed=is_fixed)
        assert found["norm"] == pytest.approx(2)
        assert found["norm_spread"] == pytest.approx(0.5)
        assert found["cosine"] == pytest.approx(1)
        assert found["self_correlation"] == pytest.approx(0, abs=1e-9)


def test_geometry_of_collapsed_features_has_no_cosine_to_learned_classes():
    rng = np.random.default_rng(0)
    features = 5 + rng.normal(size=(2000, 16)).astype(np.float32)
    logits, labels = np.zeros((2000, 10), np.float32), np.arange(2000) % 10
    test = train.Predictions(logits, labels, features)
    found = recipes.geometry(test, is_fixed=False)
    assert abs(found["cosine"]) < 0.1
    assert found["norm"] == pytest.approx(20, abs=1)


@pytest.mark.long
def test_a_head_of_more_classes_than_a_simplex_has_points_that_repel():
    points = recipes.points(5, 2)
    cosines = points @ points.T
    nearest = np.cos(2 * np.pi / 5)
    assert np.sort(cosines)[:, -2] == pytest.approx(nearest, abs=1e-3)


def test_predefined_centroids_can_be_used_inside_a_compiled_function():
    head = recipes.Predefined(3, 2)
    features = recipes.points(3, 2)  # not yet in the cache inside of the function
    recipes.points.cache_clear()
    outputs = jax.jit(lambda x: head.apply({}, x))(features)
    np.testing.assert_allclose(outputs.logits, features @ features.T, atol=1e-6)


def test_images_of_many_sizes_have_one_crop_everywhere():
    recipe = recipes.run("POD", "FaceScrub").recipe
    assert recipe.data.crop is not None
    crops = [getattr(x, "crop", None) for x in recipe.evaluations.values()]
    assert crops == [recipe.data.crop] * 2
