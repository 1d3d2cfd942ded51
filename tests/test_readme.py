"""The README keeps its word."""

import pathlib
import re

import numpy as np
import pytest

import adrjax

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def block(language):
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL).group(1)


def test_its_example_runs():
    names = {}
    exec(block("python"), names)
    assert np.isfinite(names["value"])
    assert names["gradient"].shape == names["logits"].shape
    assert np.isfinite(names["gradient"]).all()


def test_it_has_two_commands_and_ci_runs_the_second():
    quickstart, tests = block("sh").splitlines()
    assert quickstart.endswith("-m experiments.quickstart")
    assert "-m pytest" in tests
    found = re.search(r"grep -m 1 '(.*)' README.md", (ROOT / ".ci/run").read_text())
    lines = README.splitlines()
    assert next(line for line in lines if found.group(1) in line) == tests


def test_its_files_are_there():
    for path in re.findall(r"\]\(((?!http)[^)#]+)\)", README):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize(
    "role",
    ["losses", "targets", "regularizers", "margins", "embeddings", "centroids"],
)
def test_its_table_has_every_loss(role):
    table = README[README.index("## Every loss") :]
    _, rows = table.split(f"| **{role}**")
    listed = re.findall(
        r"`(\w+)`",
        "".join(re.findall(r"^\| `.*?\|", rows.split("| **")[0], re.MULTILINE)),
    )
    members = vars(getattr(adrjax, role)).items()
    public = {k for k, v in members if not k.startswith("_") and callable(v)}
    assert set(listed) == public
