"""Properties of every page of `experiments`; a new page is found by itself."""

import pathlib
import re

import pytest

from experiments import harness
from experiments.__main__ import description, is_of_harness, main, pages
from experiments.harness import Table

MODULES = pages()
PAGES = {name: module for name, module in MODULES.items() if is_of_harness(module)}
ROOT = pathlib.Path(__file__).parents[2]
every_page = pytest.mark.parametrize("name", MODULES)


def test_the_list_has_every_page(capsys):
    main()
    out = capsys.readouterr().out
    assert {"quickstart", "adr.figure4"} <= {*PAGES}
    for name, module in MODULES.items():
        text = description(name, module)
        assert text.startswith(module.__doc__.splitlines()[0])
        assert f"{text}\n" in out and f"\n  python -m experiments.{name}\n" in text
    for name, module in PAGES.items():
        text = description(name, module)
        assert f"\n  {module.PAGE.needs}\n" in text
        assert f"In full: {module.PAGE.full}" in text
        assert (module.PAGE.reduced or "") in text


@every_page
def test_the_docstring_of_a_page_has_its_command(name):
    assert f"python -m experiments.{name}" in MODULES[name].__doc__


@pytest.mark.parametrize("name", PAGES)
def test_the_table_of_the_paper_fits_the_page(name):
    page = PAGES[name].PAGE
    if isinstance(page, Table):
        assert {*page.printed} <= {(r, c) for r in page.rows for c in page.stands_for}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "quickstart" else pytest.mark.long)
        for name in PAGES
    ],
)
def test_a_smoke_run_of_a_page_works(name, capsys):
    module = PAGES[name]
    flags = ["--smoke"]
    if name == "quickstart":  # the others are in the long tests
        flags += ["--rows", "CE+ADR"]
    page = module.PAGE
    harness.main(page, flags, module=module.__name__, doc=module.__doc__)
    assert "A smoke run" in capsys.readouterr().out


def test_the_page_of_the_docs_runs(capsys):
    section = (ROOT / "docs/experiments.md").read_text().split("## How to write a page")
    section = section[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(section.splitlines()) <= 60
    names = {"__name__": "my_page"}
    exec(code, names)
    harness.main(
        names["PAGE"],
        ["--smoke", "--rows", "GCE", "--columns", "20 %"],
        module="my_page",
        doc=names["__doc__"],
    )
    out = capsys.readouterr().out
    assert "Digits with wrong labels: cross entropy and GCE." in " ".join(out.split())
    assert "q=0.7" in out and "A smoke run" in out
