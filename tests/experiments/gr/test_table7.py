"""The cells of `experiments.gr.table7` and `figure3`: nothing is trained."""

import jax
import numpy as np

from adrjax import data, losses
from experiments.gr import figure3, table3, table6, table7
from experiments.harness import Quoted
from experiments.harness.retrieval import Retrieved


def test_table7_trains_seven_rows_and_quotes_three():
    cells = [table7.cell(row, "retrieval/mAP") for row in table7.PAGE.rows]
    assert sum(isinstance(x, Quoted) for x in cells) == 3
    assert len({x.run.identity for x in cells if not isinstance(x, Quoted)}) == 7


def test_the_normalized_rows_have_the_gradients_of_mae_and_gce_up_to_a_factor():
    logits = np.random.default_rng(0).normal(size=(1, 4, 5)).astype(np.float32)
    labels = np.arange(4)[None]

    def gradients(logits):
        def of(loss):
            total = jax.vmap(lambda z, y: loss(z, y).sum(), axis_name="batch")
            return jax.grad(lambda z: total(z, labels).sum())(logits)

        names = "MAE, normalized", "GCE, normalized"
        methods = [table7.METHODS[name] for name in names]
        return [of(lambda z, y, m=m: m.loss(z, y, **m.settings)) for m in methods], [
            of(losses.mean_absolute_error),
            of(lambda z, y: losses.generalized_cross_entropy(z, y, q=0.7)),
        ]

    for ours, plain in zip(*jax.jit(gradients)(logits), strict=True):
        ratios = ours / plain
        np.testing.assert_allclose(ratios, ratios.mean(), rtol=1e-4)


def test_nearest_shows_the_most_similar_tracklets_that_count():
    images = np.arange(16, dtype=np.uint8)[:, None, None, None] * np.ones(
        [1, 2, 2, 3], np.uint8
    )
    items = np.arange(16) // 2
    tracklets = data.TrackletSplit(images, items, np.arange(8) % 4, np.arange(8) % 2)
    where = ~np.eye(8, dtype=bool)
    found = Retrieved(tracklets, tracklets, np.eye(8) + np.eye(8)[::-1], where)
    shown = table7.nearest(found)
    images, captions = shown["query 0, person 0"]
    assert images[:2, 0, 0, 0].tolist() == [0, 14]  # tracklet 0, then 7 of person 3
    assert captions[:2] == ["query", "other"]


def test_figure3_shows_networks_of_table3_and_of_table6():
    runs = figure3.runs()
    row = "40 %, lam 1"
    shared = table3.cell(row, ("test/top1", "last")).run
    assert runs["CIFAR-10, 40 % wrong"].identity == shared.identity
    of_people = runs["CIFAR-10N"]
    assert of_people.recipe.data.dataset.label == "worse_label"
    reduced = table6.cell("GR", "last").run.recipe.reduced
    assert reduced.name == of_people.recipe.reduced.name
