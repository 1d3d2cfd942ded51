"""Imports: cheap ones, and in one direction between folders."""

import ast
import graphlib
import pathlib
import subprocess
import sys

import adrjax

ROOT = pathlib.Path(adrjax.__file__).parent
LATE = {
    "adrjax": ["adrjax.data", "flax", "tensorflow_datasets"],
    "adrjax.data": ["tensorflow_datasets", "grain", "sklearn", "PIL", "tyro"],
}


def test_import_loads_optional_packages_late():
    code = "import sys, importlib\n" + "".join(
        f"importlib.import_module({package!r})\n"
        f"print([m for m in {late} if m in sys.modules])\n"
        for package, late in LATE.items()
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["[]", "[]"]


def module_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in ROOT.rglob("*.py")}


def imported_by(path):
    """The modules of adrjax that a file imports anywhere, in functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                yield member if member in MODULES else node.module


def folder_of(module):
    path = MODULES[module]
    return ".".join(path.parent.relative_to(ROOT.parent).parts)


def imports_of_folders():
    """Which folders the files of each folder import; an __init__ lists its own."""
    graph = {}
    for module, path in MODULES.items():
        folder = folder_of(module)
        imported = {folder_of(m) for m in imported_by(path)} - {folder}
        if path.name in ("__init__.py", "__main__.py"):
            imported = {f for f in imported if not f.startswith(f"{folder}.")}
        graph.setdefault(folder, set()).update(imported)
    return graph


def test_folders_import_each_other_in_one_direction():
    graph = imports_of_folders()
    assert {"adrjax.data", "adrjax.train", "adrjax.losses"} <= {*graph}
    assert {*graphlib.TopologicalSorter(graph).static_order()} == {*graph}  # no cycle
    assert graph["adrjax.data.builders"] == set()
    assert graph["adrjax.data.augment"] == {"adrjax"}
    assert "adrjax.data.builders" in graph["adrjax.data"]  # in a function
