"""What holds for every page. The next page is found by itself."""

import importlib
import re

import pytest

from experiments.__main__ import main, pages
from experiments.table import Row

PAGES = sorted(pages())
TABLES = [
    p for p in PAGES if hasattr(importlib.import_module(f"experiments.{p}"), "TABLE")
]

every_page = pytest.mark.parametrize("page", PAGES)
every_table = pytest.mark.parametrize("page", TABLES)


def table(page):
    return importlib.import_module(f"experiments.{page}").TABLE


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
        assert len(row.paper) <= len(table(page).columns)


@every_table
def test_two_steps_of_every_row_run(page, capsys):
    table(page).main(["--smoke"])
    out = capsys.readouterr().out
    assert "A smoke run" in out
    for row in table(page).rows:
        if isinstance(row, Row):
            assert f"{row.name}, seed 0  epoch 1" in out
