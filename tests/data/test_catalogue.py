"""The list of data sets is made from the package, and each names its builder."""

import inspect
import pickle
import pkgutil

import pytest

from adrjax import data
from adrjax.data import builders
from adrjax.data._catalogue import catalogue

CATALOGUE = catalogue()
MADE_OF = {"vehicles10": "cifar100", "imagenette": "imagenette/320px-v2"}
every_data_set = pytest.mark.parametrize("name", CATALOGUE)


def test_catalogue_lists_each_function_that_returns_a_data_set():
    documented = {
        name
        for name, function in vars(data).items()
        if inspect.isfunction(function) and "prepared by" in (function.__doc__ or "")
    }
    assert documented | {"digits"} == {*CATALOGUE}
    assert len(CATALOGUE) == 30


@every_data_set
def test_data_sets_are_values(name):
    dataset = CATALOGUE[name]
    assert dataset.name == MADE_OF.get(name, name)
    again = getattr(data, name)()
    assert again == dataset and hash(again) == hash(dataset)
    unpickled = pickle.loads(pickle.dumps(dataset))
    assert unpickled == dataset and hash(unpickled) == hash(dataset)


def test_data_sets_differ():
    assert len({*CATALOGUE.values()}) == len(CATALOGUE)


@every_data_set
def test_data_sets_name_a_builder_of_their_name(name):
    dataset = CATALOGUE[name]
    if dataset.builder is not None:
        builder = pkgutil.resolve_name(dataset.builder)
        assert builder.name == dataset.name
        assert bool(builder.MANUAL_DOWNLOAD_INSTRUCTIONS) == (dataset.files is not None)


def test_every_builder_is_named_by_a_data_set():
    named = {dataset.builder for dataset in CATALOGUE.values()} - {None}
    modules = {
        f"adrjax.data.builders.{m.name}"
        for m in pkgutil.iter_modules(builders.__path__)
    }
    found = {
        f"{module}:{name}"
        for module in modules
        for name, member in vars(pkgutil.resolve_name(module)).items()
        if inspect.isclass(member)
        and member.__module__ == module
        and isinstance(getattr(member, "name", None), str)
        and member.__name__ != "InsightfacePairs"
    }
    assert found == named
