"""CITATION.cff: it can be read, and its papers are those of docs/losses.md."""

import pathlib
import re
import tomllib

import yaml

ROOT = pathlib.Path(__file__).parents[1]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
PAPERS = (ROOT / "docs/losses.md").read_text().split("## The papers")[1]


def test_it_has_what_the_format_requires_and_the_project_says():
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["message"] and CITATION["title"] and CITATION["authors"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert CITATION["version"] == project["version"]
    assert CITATION["license"] == project["license"]


def test_papers_are_those_of_the_page():
    references = {paper["abbreviation"]: paper for paper in CITATION["references"]}
    rows = re.findall(
        r"^\| \[([A-Z]+)\]\((.*?)\) \| (\w+) (?:et al\.|and \w+), (.*?) \|",
        PAPERS,
        re.M,
    )
    assert list(references) == [name for name, *_ in rows]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["urls"] == {f"Paper: {name}": url for name, url, *_ in rows}
    for name, url, first_author, printed in rows:
        paper = references[name]
        assert {"type", "title", "authors"} <= paper.keys()
        assert paper["url"] == url
        assert paper["authors"][0]["family-names"] == first_author
        title = re.sub(r", (IJCV )?20\d\d.*", "", printed)
        assert paper["title"].casefold().startswith(title.casefold())
        assert re.findall(r"20\d\d", printed) in ([], [str(paper.get("year"))])
