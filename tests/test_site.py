"""The site: each public name has a section, and a plot or a reason for none."""

import contextlib
import importlib
import io
import pathlib
import re
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
MARKER = re.compile(r"<!-- functions of ([\w.]+)(?:, first [\w, ]+)? -->")


@pytest.fixture(scope="module")
def names():
    return extension("names")


def extension(name):
    sys.path.insert(0, str(DOCS / "_ext"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS / "_ext"))


def text(page):
    return (DOCS / f"{page}.md").read_text()


def test_every_package_has_a_page_that_shows_its_functions(names):
    packages = {
        package: page.relative_to(DOCS).with_suffix("").as_posix()
        for page in (DOCS / "api").glob("*.md")
        for package in MARKER.findall(page.read_text())
    }
    assert packages == names.PAGES
    listed = text("api/index").split("{toctree}")[1]
    assert all(
        f"\n{page.removeprefix('api/')}\n" in listed for page in packages.values()
    )


def test_every_role_of_the_package_is_a_role_of_the_site(names):
    folders = {p.parent.name for p in (ROOT / "adrjax").glob("*/__init__.py")}
    assert folders == {role for role in names.ROLES if "." not in role}


def test_every_public_name_has_a_section(names):
    for package in names.PAGES:
        sections = names.sections(package)
        shown = {*sections, *(name for family in sections.values() for name in family)}
        assert shown == set(names.public(package))


def test_every_public_name_has_a_definition_with_a_docstring(names):
    source = extension("source")
    for package in names.PAGES:
        members = names.public(package)
        for name in names.sections(package):
            if getattr(members[name], "__module__", "").startswith("adrjax"):
                assert source.definition(package, name), name
                source.signature(package, name)


def test_every_function_has_a_plot_or_a_reason_for_none(names):
    plots = extension("plots")
    every = {
        names.relative(f"{package}.{name}"): names.relative(package)
        for package in names.PAGES
        for name in names.sections(package)
    }
    packages = set(every.values())
    for name, package in every.items():
        ways = [name in plots.PLOTS, name in plots.WITHOUT, package in plots.WITHOUT]
        assert sum(ways) == 1, name
    assert set(plots.PLOTS) <= set(every)
    assert set(plots.WITHOUT) <= {*every, *packages}
    assert all(plots.WITHOUT.values())


def test_every_call_elsewhere_is_of_a_public_name(names):
    calls = tomllib.loads((DOCS / "elsewhere.toml").read_text())
    for role, functions in calls.items():
        for name, rows in functions.items():
            assert f"adrjax.{role}.{name}" in names.every_name()
            assert all({"library", "call", "differs"} == set(row) for row in rows)


def test_every_paper_that_has_an_address_is_in_a_docstring():
    papers = tomllib.loads((DOCS / "papers.toml").read_text())["arxiv"]
    source = "".join(path.read_text() for path in (ROOT / "adrjax").rglob("*.py"))
    words = " ".join(source.split()).lower()
    assert not [title for title in papers if title.lower() not in words]


def test_every_page_of_results_is_on_the_site():
    results = {path.name for path in (ROOT / "results").glob("*.md")}
    pages = {path.name for path in (DOCS / "results").glob("*.md")} - {"index.md"}
    assert pages == results
    for name in pages:
        assert (
            f"{{include}} ../../results/{name}" in (DOCS / "results" / name).read_text()
        )


def test_every_page_of_docs_is_in_the_table_of_contents():
    listed = set(re.findall(r"(?m)^([\w/]+)$", text("index")))
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert pages <= listed


@pytest.mark.long
def test_the_example_of_wrong_labels_runs():
    code = re.search(r"```python\n(.*?)```", text("wrong_labels"), re.DOTALL).group(1)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    entropy, rescaling = re.findall(r": ([\d.]+)%", out.getvalue())
    assert float(rescaling) > float(entropy) > 50
