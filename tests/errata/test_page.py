"""docs/errata.md names the test of every erratum, and no other test."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs/errata.md").read_text()
SECTIONS = {
    re.search(r"`(tests/errata/test_\w+\.py)`", section).group(1): section
    for section in PAGE.split("\n## ")[1:]
}


def test_the_page_has_a_section_for_each_paper():
    papers = ("adr", "gsc", "pod", "ie", "gr")
    assert list(SECTIONS) == [f"tests/errata/test_{paper}.py" for paper in papers]


@pytest.mark.parametrize("path", SECTIONS)
def test_a_section_names_every_test_of_its_paper_once_and_no_other(path):
    named = re.findall(r"`(test_\w+)`", SECTIONS[path])
    assert sorted(named) == sorted(
        re.findall(r"def (test_\w+)", (ROOT / path).read_text())
    )
