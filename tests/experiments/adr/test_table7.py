"""`experiments.adr.table7` and `figure7`: nothing is trained."""

import functools
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data, train
from experiments.adr import figure7, table7
from experiments.harness import Best


def test_table7_has_seven_networks_and_chooses_among_four():
    rows = [*table7.METHODS, *table7.HONEST]
    assert len({table7.run(row).identity for row in rows}) == 7
    for place in table7.PAGE.stands_for.values():
        best = table7.cell(table7.BEST, place)
        assert isinstance(best, Best) and len(best.of) == 4


def test_the_line_of_adr_is_the_best_of_each_column():
    printed = table7.PAGE.printed
    assert len(printed) == 12
    for column in table7.COLUMNS:
        best = max(float(printed[row, column].text) for row in table7.GSC)
        assert float(printed[table7.BEST, column].text) == best


def test_the_network_sees_ten_crops_of_40_x_40_in_training_and_evaluation():
    dataset = table7.recipe(hold_out=0).data.dataset
    assert train.input_shape(dataset, dataset.shape) == (40, 40, 1)
    image = jax.ShapeDtypeStruct((48, 48, 1), jnp.uint8)
    for views in (
        functools.partial(table7.ten_crops, jax.random.key(0)),
        table7.TEN_CROPS.of,
    ):
        assert jax.eval_shape(views, image).shape == (10, 40, 40, 1)
    assert np.asarray(dataset.normalize(np.full((1, 1, 1), 255, np.uint8))) == 1


@pytest.mark.parametrize(
    "hold_out, by, steps", [(0, "validation", 448), (3589, "held-out", 392)]
)
def test_the_rate_falls_by_the_split_of_the_row(hold_out, by, steps):
    recipe = table7.recipe(hold_out=hold_out)
    assert recipe.chosen_by == f"{by}/top1"
    assert recipe.optimizer.keywords == {"steps_per_epoch": steps}
    assert data.fer2013().sizes["train"] == table7.TRAINING_IMAGES


def test_the_networks_of_figure7_are_those_of_table7():
    for row, run in figure7.runs().items():
        assert run.identity == table7.run(row).identity


def test_the_cross_entropy_of_ce_is_its_loss():
    def results(**record):
        return [types.SimpleNamespace(history=[record])]

    assert figure7.metric("train_base", results(train_loss=1.0)) == "train_loss"
    both = results(train_loss=1.0, train_base=0.9)
    assert figure7.metric("train_base", both) == "train_base"
    assert figure7.rise(np.array([2.0, 1.0, 1.5])) == 0.5
