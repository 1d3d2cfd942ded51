"""README and docs: examples run, commands exist, links and names resolve."""

import functools
import importlib
import importlib.util
import pathlib
import re

import numpy as np
import pytest

import adrjax

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
LOSSES = (ROOT / "docs/losses.md").read_text()
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts),
]
PACKAGES = (
    "adrjax|backbones|centroids|data|embeddings|heads|losses|margins|metrics|noise|"
    "optimizers|regularizers|targets|train"
)

every_page = pytest.mark.parametrize(
    "page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES]
)


def block(language):
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL).group(1)


def tables(page):
    return [line for line in page.splitlines() if line.startswith("|")]


def test_readme_example_runs():
    names = {}
    exec(block("python"), names)
    assert np.isfinite(names["value"])
    assert names["gradient"].shape == names["logits"].shape
    assert np.isfinite(names["gradient"]).all()


def test_readme_has_two_commands_and_ci_runs_the_second():
    quickstart, tests = block("sh").splitlines()
    assert quickstart.endswith("-m experiments.quickstart")
    assert "-m pytest" in tests
    found = re.search(r"grep -m 1 '(.*)' README.md", (ROOT / ".ci/run").read_text())
    lines = README.splitlines()
    assert next(line for line in lines if found.group(1) in line) == tests


def test_readme_is_one_screen():
    assert len(README.splitlines()) <= 85


def test_readme_and_quickstart_page_print_the_same_table():
    quickstart = tables((ROOT / "docs/quickstart.md").read_text())
    assert "\n".join(quickstart) in "\n".join(tables(README))


def test_the_quickstart_table_is_that_of_the_kept_runs():
    quickstart = tables((ROOT / "docs/quickstart.md").read_text())
    assert tables((ROOT / "results/QUICKSTART.md").read_text()) == quickstart


def anchors(page):
    """Returns the anchors of headings; those of included and of generated text too."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    for file in re.findall(r"^```{include} (\S+)$", text, re.MULTILINE):
        headings += re.findall(
            r"^#+ (.*)$", (page.parent / file).read_text(), re.MULTILINE
        )
    for package in re.findall(r"<!-- functions of ([\w.]+) -->", text):
        headings += vars(importlib.import_module(package))
    return [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]


@every_page
def test_files_and_headings_that_a_page_links_to_exist(page):
    for path, anchor in re.findall(
        r"\]\((?!http)([^)#]*)#?([^)]*)\)", page.read_text()
    ):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), anchor


@every_page
def test_modules_that_a_page_runs_exist(page):
    modules = r"-m ((?:adrjax|benchmarks|experiments)[.\w]*\w)"
    for module in re.findall(modules, page.read_text()):
        assert importlib.util.find_spec(module), module


@every_page
def test_public_names_that_a_page_mentions_exist(page):
    text = page.read_text().split("#### Renamed")[0]  # of the changelog
    dotted = rf"`({PACKAGES})\.(?!json)([\w.]*\w)(?=[`(])"  # but not metrics.jsonl
    for package, name in re.findall(dotted, text):
        root = adrjax if package == "adrjax" else getattr(adrjax, package)
        functools.reduce(getattr, name.split("."), root)


@pytest.mark.parametrize(
    "role",
    ["losses", "targets", "regularizers", "margins", "embeddings", "centroids"],
)
def test_table_of_losses_has_every_public_function(role):
    _, rows = LOSSES.split(f"| **{role}**")
    listed = re.findall(
        r"`(\w+)`",
        "".join(re.findall(r"^\| `.*?\|", rows.split("| **")[0], re.MULTILINE)),
    )
    members = vars(getattr(adrjax, role)).items()
    public = {k for k, v in members if not k.startswith("_") and callable(v)}
    assert set(listed) == public
