"""Properties of every page of `experiments`; a new page is found by itself."""

import importlib
import re

import jax
import numpy as np
import pytest

from adrjax import Outputs
from experiments.__main__ import main, pages
from experiments.rows import Row, on_one_device

PAGES = sorted(pages())
TABLES = [
    p for p in PAGES if hasattr(importlib.import_module(f"experiments.{p}"), "TABLE")
]
every_page = pytest.mark.parametrize("page", PAGES)
every_table = pytest.mark.parametrize("page", TABLES)


def table(page):
    return importlib.import_module(f"experiments.{page}").TABLE


def trained(page):
    return [row for row in table(page).rows if isinstance(row, Row)]


def test_the_list_has_title_command_and_needs_of_every_page(capsys):
    main()
    out = capsys.readouterr().out
    assert {"quickstart", "adr.table3", "adr.figure4"} <= set(PAGES)
    for page, (title, needs) in pages().items():
        assert f"{title}\n  python -m experiments.{page}\n  {needs}\n" in out


@every_page
def test_the_docstring_of_a_page_has_its_command(page):
    module = importlib.import_module(f"experiments.{page}")
    assert f"python -m experiments.{page}" in module.__doc__


@every_table
def test_a_table_has_the_name_of_its_module(page):
    assert table(page).name == page


@every_table
def test_rows_have_distinct_names_and_no_more_numbers_than_columns(page):
    names = [re.sub(r"[^a-z0-9]+", "-", row.name.lower()) for row in table(page).rows]
    assert len(set(names)) == len(names)
    for row in table(page).rows:
        assert len(row.paper) <= len(table(page).measured)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(x, marks=[] if x == "quickstart" else pytest.mark.long)
        for x in TABLES
    ],
)
def test_two_steps_of_a_row_of_every_recipe_run(page, capsys):
    first = {id(row.recipe): row for row in reversed(trained(page))}
    names = [row.name for row in first.values()]
    table(page).main(["--smoke", *(x for name in names for x in ("--rows", name))])
    out = capsys.readouterr().out
    assert "A smoke run" in out
    for name in names:
        assert f"{name}, seed 0  epoch 1" in out


@every_table
def test_the_loss_of_every_row_has_a_value_and_a_gradient(page):
    rows = trained(page)

    @jax.jit
    def values_and_gradients(batches):
        found = []
        for row, (outputs, labels) in zip(rows, batches, strict=True):
            loss = on_one_device(row.loss)

            def mean(outputs, loss=loss, row=row, labels=labels):
                return loss(row.of(outputs), labels).mean()

            found.append(jax.value_and_grad(mean)(outputs))
        return found

    batches = []
    for row in rows:
        shape = (4, row.recipe.dataset.num_classes)
        z = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        batches.append((Outputs(z, z), np.arange(4, dtype=np.int32)))
    found = values_and_gradients(batches)
    for row, (value, gradient) in zip(rows, found, strict=True):
        assert np.isfinite(value), row.name
        leaves = jax.tree.leaves(gradient)
        assert sum(np.abs(part).sum() for part in leaves) > 0, row.name


def test_gradient_rescaling_of_the_quickstart_normalizes_over_all_devices():
    (row,) = (row for row in trained("quickstart") if row.name.endswith("GR"))
    z = np.random.default_rng(0).normal(size=(16, 10)).astype(np.float32)
    y = np.arange(16, dtype=np.int32) % 10

    def gradient(z, y):
        loss = jax.grad(lambda z: row.loss(z, y).mean())(z)
        return loss / jax.lax.axis_size("batch")

    split = jax.pmap(gradient, "batch")(z.reshape(8, 2, 10), y.reshape(8, 2))
    whole = jax.grad(lambda z: on_one_device(row.loss)(z, y).mean())(z)
    np.testing.assert_allclose(split.reshape(16, 10), whole, rtol=1e-4, atol=1e-7)
