"""What holds for every page. The next page is found by itself."""

import importlib
import re

import jax
import numpy as np
import pytest

import adrjax
from adrjax.train import objective
from experiments.__main__ import main, pages
from experiments.rows import Row

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


def test_the_list_tells_of_every_page_what_it_is_its_command_and_needs(capsys):
    main()
    out = capsys.readouterr().out
    assert {"quickstart", "adr.table3", "adr.figure4"} <= set(PAGES)
    for page, (title, needs) in pages().items():
        assert f"{title}\n  python -m experiments.{page}\n  {needs}\n" in out


@every_page
def test_the_docstring_gives_the_command(page):
    module = importlib.import_module(f"experiments.{page}")
    assert f"python -m experiments.{page}" in module.__doc__


@every_table
def test_a_table_is_named_as_its_module(page):
    assert table(page).name == page


@every_table
def test_rows_have_names_of_their_own_and_no_more_numbers_than_columns(page):
    names = [re.sub(r"[^a-z0-9]+", "-", row.name.lower()) for row in table(page).rows]
    assert len(set(names)) == len(names)
    for row in table(page).rows:
        assert len(row.paper) <= len(table(page).measured)


@every_table
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
    for row in trained(page):
        classes = row.recipe.dataset.num_classes
        z = np.random.default_rng(0).normal(size=(4, classes)).astype(np.float32)
        outputs, y = adrjax.Outputs(z, z), np.arange(4, dtype=np.int32)
        loss = adrjax.add(*objective(row.loss).values())

        def mean(outputs, loss=loss, of=row.of, y=y):
            return loss.apply(loss.init(), of(outputs), y)[0].mean()

        value, slope = jax.value_and_grad(mean)(outputs)
        assert np.isfinite(value), row.name
        assert sum(np.abs(part).sum() for part in jax.tree.leaves(slope)) > 0, row.name
