"""`experiments.pod.table6`, `table7` and `table8`: their networks and gains."""

import jax
import numpy as np
import pytest

from adrjax import train
from experiments.harness import Epochs, FromFile
from experiments.pod import gains, recipes, table6, table7, table8


def test_rows_of_other_tables_are_networks_of_table4():
    for name in recipes.DATASETS:
        run = recipes.run("POD", name)
        assert table6.cell(name, "POD").run.identity == run.identity
        assert table7.cell(f"ResNet50: {name}", "POD").run.identity == run.identity


def test_imagenet_has_batches_of_96_and_less_weight_decay():
    recipe = table6.cell("ImageNet(30)", "Softmax").run.recipe
    assert recipe.batch_size == 96
    assert recipe.num_classes == 30
    assert getattr(recipe.optimizer, "keywords", {}) == {"weight_decay": 1e-4}
    assert recipe.data.crop != getattr(recipe.evaluations["test"], "crop", None)


def test_mobilenet_on_cifar10_is_reduced_in_its_epochs_only():
    recipe = table7.cell("MobileNetV2: CIFAR-10", "POD").run.recipe
    reduced = recipe.reduced
    assert reduced is not None
    assert reduced.length == Epochs(10)
    assert (reduced.model, reduced.optimizer) == (recipe.model, recipe.optimizer)
    for row in table7.ROWS:
        has_one = row in ("ResNet50: CIFAR-10", "MobileNetV2: CIFAR-10")
        assert (table7.cell(row, "POD").run.recipe.reduced is not None) == has_one


@pytest.mark.parametrize(
    ("page", "number", "least"),
    [(table6.PAGE, 9, 0.42), (table7.PAGE, 12, 0.37), (table8.PAGE, 10, -0.96)],
)
def test_the_gains_of_the_paper(page, number, least):
    found = [gains.printed(page, row) for row in page.rows]
    assert len(found) == number
    assert min(found) == pytest.approx(least)


def test_transformers_have_no_fc1_and_start_from_weights():
    for row, (network, name) in table8.ROWS.items():
        recipe = table8.cell(row, "POD").run.recipe
        assert getattr(recipe.model, "neck", "") is None
        assert isinstance(recipe.start, FromFile)
        shape = (32, 32, 3) if recipe.data.crop is None else (224, 224, 3)
        seen = train.input_shape(recipe.data.dataset, shape)
        assert seen == (224, 224, 3), row
        setting = table8.SETTINGS[network]
        for backbone in (setting.backbone, setting.smoke):
            images = jax.ShapeDtypeStruct((1, 224, 224, 3), np.float32)

            def features(images, backbone=backbone):
                key = jax.random.key(0)
                return backbone.init_with_output(key, images, train=False)[0]

            if name == "CIFAR-100":
                outputs = jax.eval_shape(features, images)
                assert outputs.shape == (1, setting.dim)


def test_the_steps_of_vit_are_those_of_its_paper():
    steps = {
        name: table8.cell(f"ViT-B/16: {name}", "POD").run.recipe.length.number
        for name in table8.NAMES
    }
    assert [*steps.values()] == [10_000, 10_000, 20_000, 20_000, 20_000]
