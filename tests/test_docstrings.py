"""The examples of docstrings run, and print what they show."""

import doctest
import importlib
import pkgutil

import pytest

import adrjax

MODULES = [module.name for module in pkgutil.walk_packages(adrjax.__path__, "adrjax.")]


@pytest.mark.long
@pytest.mark.parametrize("module", MODULES)
def test_examples_of_docstrings(module):
    failed, _ = doctest.testmod(importlib.import_module(module))
    assert not failed
