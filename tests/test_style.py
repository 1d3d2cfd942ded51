"""The house rules that a machine can check."""

import ast
import importlib
import inspect
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = ("adrjax", "experiments", "benchmarks", "formulas")
ARCHAIC = re.compile(
    r"\b(anew|borne|heeded|amid|of late|shall)\b|but for |has no part in"
    r"|were not to be had"
)
# Third persons that a first line would open with in the place of a name.
VERBS = re.compile(
    "(Add|Align|Appl|Ask|Averag|Bring|Build|Chang|Check|Choos|Classifi|Comput|Count"
    "|Crop|Cut|Divid|Do|Draw|Evaluat|Find|Fit|Flip|Get|Giv|Hold|Keep|Lengthen|Let|Lift"
    "|Load|Mak|Map|Mix|Mov|Multipli|Normaliz|Penalis|Penaliz|Pull|Push|Put|Read|Return"
    "|Rotat|Run|Scor|Set|Shift|Spread|Subtract|Sum|Tak|Tell|Train|Turn|Want|Wrap|Writ)"
    "(s|es)$"
)


def modules(*packages):
    paths = sorted(p for name in packages for p in (ROOT / name).rglob("*.py"))
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


def functions(tree):
    """Yields module-level functions and methods, each with whether it is a method."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node, False
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield (
                        member,
                        "staticmethod" not in map(ast.unparse, member.decorator_list),
                    )


@pytest.mark.parametrize("path", modules(*PACKAGES))
def test_functions_are_annotated(path):
    missing = []
    for function, is_method in functions(ast.parse(path.read_text())):
        a = function.args
        named = [*a.posonlyargs, *a.args][is_method:] + a.kwonlyargs
        named += [x for x in (a.vararg, a.kwarg) if x]
        returns = function.returns or function.name == "__init__"
        complete = returns and all(x.annotation for x in named)
        if not complete and function.name not in ("_fwd", "_bwd"):
            missing.append(function.name)
    assert not missing


def test_the_language_is_plain():
    paths = [p for name in PACKAGES for p in (ROOT / name).rglob("*.py")]
    paths += [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        if "_build" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if ARCHAIC.search(line)
    ]
    assert not found, "\n".join(found)


ROLES = ("losses", "targets", "regularizers", "margins", "embeddings", "centroids")
PUBLIC = (*ROLES, "metrics", "noise", "optimizers", "data.augment")


def public_functions():
    """Yields the functions that users import, by their paths."""
    for name in PUBLIC:
        path = f"adrjax.{name}"
        for member in vars(importlib.import_module(path)).values():
            if inspect.isfunction(member) and member.__module__ == path:
                yield pytest.param(member, id=f"{path}.{member.__name__}")


@pytest.mark.parametrize("function", list(public_functions()))
def test_docstrings_open_with_a_name_and_have_their_sections(function):
    text = inspect.getdoc(function)
    assert not VERBS.match(text.split()[0]), text.splitlines()[0]
    assert not inspect.signature(function).parameters or "\nArgs:\n" in text
    assert "\nReturns:\n" in text
