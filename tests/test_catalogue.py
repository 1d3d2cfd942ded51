"""Every public function is in a catalogue, and every keyword is moved."""

import importlib
import inspect
import pathlib

import pytest

import adrjax
from tests import goldens
from tests.catalogue import CASES, NAMED

ROOT = pathlib.Path(__file__).parents[1]
TABLES = {  # the catalogues of the other roles
    role: f"tests.{role}.table"
    for role in ("centroids", "metrics", "noise", "optimizers")
}


def public(role):
    """Returns the public functions of a role by their paths."""
    return {
        f"{role}.{name}": member
        for name, member in vars(getattr(adrjax, role)).items()
        if inspect.isroutine(member) and not name.startswith("_")
    }


ROLES = ("losses", "targets", "regularizers", "margins", "embeddings")
FUNCTIONS = {path: f for role in ROLES for path, f in public(role).items()}


def keywords(function):
    """Returns the keywords of a function and their defaults."""
    return {
        p.name: p.default
        for p in inspect.signature(function).parameters.values()
        if p.kind is p.KEYWORD_ONLY or p.default is not p.empty
    }


def test_every_function_has_a_case():
    listed = {case.function for case in CASES} | {name for name, _ in NAMED}
    assert listed == FUNCTIONS.keys()


@pytest.mark.parametrize("role", TABLES)
def test_every_function_of_another_role_has_an_entry(role):
    table = importlib.import_module(TABLES[role])
    assert table.FUNCTIONS.keys() == public(role).keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_keyword_is_moved_off_its_default(name):
    some = [case for case in CASES if case.function == name]
    for keyword, default in keywords(FUNCTIONS[name]).items():
        if (name, keyword) in NAMED:
            continue
        values = [case.options[keyword] for case in some if keyword in case.options]
        values += [x for case in some for x in case.hyper.get(keyword, ())]
        is_covered = any(keyword in case.covers for case in some)
        assert is_covered or any(value != default for value in values), keyword


@pytest.mark.parametrize(("name", "keyword"), NAMED)
def test_named_tests_move_the_keyword(name, keyword):
    path = NAMED[name, keyword]
    text = (ROOT / path).read_text()
    assert name.split(".")[1] in text and f"{keyword}=" in text


def test_every_file_of_goldens_is_used():
    from tests import test_goldens

    used = {*test_goldens.FUNCTIONS, *test_goldens.LOGITS, *test_goldens.OTHERS}
    used |= {"ece", "simplex_recursive", "gsc_binary", "timm"}
    files = {path.name.split(".")[0] for path in goldens.FOLDER.glob("*.json.gz")}
    assert files == used
