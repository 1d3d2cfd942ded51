"""Every public function is in a catalogue, and every keyword is moved."""

import importlib
import inspect
import pathlib

import pytest

import adrjax
from tests.catalogue import CASES, ELSEWHERE, NAMED

ROOT = pathlib.Path(__file__).parents[1]
ROLES = ("losses", "targets", "regularizers", "margins", "embeddings", "centroids")
OTHER_ROLES = ("metrics", "noise", "optimizers")  # each has a table in its folder


def public(role):
    """Returns the public functions of a role by their paths."""
    return {
        f"{role}.{name}": member
        for name, member in vars(getattr(adrjax, role)).items()
        if inspect.isroutine(member) and not name.startswith("_")
    }


FUNCTIONS = {path: f for role in ROLES for path, f in public(role).items()}


def keywords(function):
    """Returns the keywords of a function and their defaults."""
    return {
        p.name: p.default
        for p in inspect.signature(function).parameters.values()
        if p.kind is p.KEYWORD_ONLY or p.default is not p.empty
    }


def test_every_function_has_an_entry():
    assert {case.function for case in CASES} | ELSEWHERE.keys() == FUNCTIONS.keys()


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_every_function_of_another_role_has_an_entry(role):
    table = importlib.import_module(f"tests.{role}.table")
    assert {f"{role}.{name}" for name in table.CASES} == public(role).keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_keyword_is_moved_off_its_default(name):
    some = [case for case in CASES if case.function == name]
    for keyword, default in keywords(FUNCTIONS[name]).items():
        # tests/test_devices.py runs every function that has an `axis_name`.
        if keyword == "axis_name" or (name, keyword) in NAMED:
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


@pytest.mark.parametrize("name", ELSEWHERE)
def test_functions_tested_elsewhere_are(name):
    assert f"{name.split('.')[1]}(" in (ROOT / ELSEWHERE[name]).read_text()
