"""The tutorials: their code compiles, its imports exist, and it runs as a script."""

import ast
import importlib
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
TUTORIALS = sorted((ROOT / "docs/tutorials").glob("0*.md"))
INDEX = (ROOT / "docs/tutorials/index.md").read_text("utf-8")

every_tutorial = pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)


def code_of(path):
    """Returns the code cells of a MyST notebook as one script."""
    cells = r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$"
    return "\n".join(re.findall(cells, path.read_text("utf-8"), re.DOTALL | re.M))


def imports_of(code):
    """Yields `(module, name)` of each import from this project."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name) for alias in node.names)


def test_index_lists_every_tutorial_once_in_its_text_and_once_in_its_toctree():
    stems = [path.stem for path in TUTORIALS]
    assert len(stems) == 8
    assert re.findall(r"\]\((\w+)\.md\)", INDEX) == stems
    assert re.findall(r"^(\d\d_\w+)$", INDEX, re.MULTILINE) == stems


@every_tutorial
def test_code_compiles_and_its_imports_of_the_project_exist(path):
    code = code_of(path)
    compile(code, str(path), "exec")
    for module, name in imports_of(code):
        if module.split(".")[0] in ("adrjax", "experiments"):
            found = importlib.import_module(module)
            if name is not None:
                assert getattr(found, name) is not None


@every_tutorial
def test_is_a_notebook_without_outputs(path):
    front, text = path.read_text("utf-8").removeprefix("---\n").split("---\n", 1)
    assert "file_format: mystnb" in front and "name: python3" in front
    assert "{code-cell}" in text and "image/png" not in text


@every_tutorial
def test_files_and_headings_that_a_tutorial_links_to_exist(path):
    for file, anchor in re.findall(r"\]\(([^)#]+)#?([^)]*)\)", path.read_text("utf-8")):
        target = path.parent / file
        assert target.exists(), file
        headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
        anchors = [
            re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings
        ]
        assert not anchor or anchor in anchors, anchor


@pytest.mark.long
@every_tutorial
def test_runs_as_a_script(path, tmp_path):
    script = tmp_path / f"{path.stem}.py"
    script.write_text(code_of(path), "utf-8")
    # A tutorial that needs several devices asks for them itself.
    environment = {
        k: v for k, v in os.environ.items() if k not in ("XLA_FLAGS", "NPROC")
    }
    environment |= {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
