"""The wheel and the source distribution: contents, and use where they are installed."""

import os
import pathlib
import subprocess
import sys
import tarfile
import venv
import zipfile

import pytest

from adrjax import __version__

ROOT = pathlib.Path(__file__).parents[1]
NAME = f"adrjax-{__version__}"

pytestmark = pytest.mark.long


def run(*command, **options):
    subprocess.run(list(map(str, command)), check=True, **options)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Returns the wheel and the source distribution, built in an environment of pip."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, source


@pytest.fixture(scope="module")
def python(distributions, tmp_path_factory):
    """Returns the Python of an environment with the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "-q", distributions[0])
    return python


def test_wheel_has_the_package_its_types_and_its_license(distributions):
    with zipfile.ZipFile(distributions[0]) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"adrjax", f"{NAME}.dist-info"}
    sources = {str(p.relative_to(ROOT)) for p in (ROOT / "adrjax").rglob("*.py")}
    expected = sources | {"adrjax/py.typed", f"{NAME}.dist-info/licenses/LICENSE"}
    assert expected <= set(names)


def test_source_distribution_has_what_the_pages_link_to(distributions):
    with tarfile.open(distributions[1]) as archive:
        top = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    files = {"CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "README.md"}
    folders = {"adrjax", "benchmarks", "docs", "experiments", "formulas", "results"}
    others = {".ci", "tests", "pyproject.toml", "PKG-INFO"}
    assert top - {".gitignore"} == files | folders | others


def test_wheel_works_in_a_bare_environment(python, tmp_path):
    run(python, ROOT / "tests/smoke.py", cwd=tmp_path)


def test_source_distribution_works_in_a_bare_environment(
    python, distributions, tmp_path
):
    source = ("--force-reinstall", "--no-deps", distributions[1])
    run(python, "-m", "pip", "install", "-q", *source)
    run(python, ROOT / "tests/smoke.py", cwd=tmp_path)
