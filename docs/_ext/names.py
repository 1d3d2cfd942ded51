"""The public names of adrjax, and the page of the site that documents each."""

import functools
import importlib
import types
from typing import Any

ROLES = (
    "losses",
    "regularizers",
    "targets",
    "margins",
    "embeddings",
    "centroids",
    "noise",
    "metrics",
    "optimizers",
    "heads",
    "backbones",
    "data",
    "data.augment",
    "train",
)
PAGES = {"adrjax": "api/adrjax"} | {
    f"adrjax.{role}": f"api/{role.split('.')[-1]}" for role in ROLES
}


@functools.cache
def public(package: str) -> dict[str, Any]:
    """Returns the public members of a package by name, in the order of its imports.

    Packages are not members, and those of `adrjax` itself are defined there.
    """
    return {
        name: member
        for name, member in vars(importlib.import_module(package)).items()
        if not name.startswith("_")
        and not isinstance(member, types.ModuleType)
        and (package != "adrjax" or getattr(member, "__module__", "") == "adrjax")
    }


@functools.cache
def sections(package: str) -> dict[str, list[str]]:
    """Returns the names that have a section, each with the members of its family.

    A family is a class and its partials, such as `ResNet` and `ResNet50`.
    """
    members = public(package)
    partials = {
        name: member
        for name, member in members.items()
        if isinstance(member, functools.partial)
    }
    return {
        name: [p for p, partial in partials.items() if partial.func is member]
        for name, member in members.items()
        if name not in partials
    }


@functools.cache
def every_name() -> dict[str, str]:
    """Returns the page of each public name, by full name."""
    return {
        f"{package}.{name}": page
        for package, page in PAGES.items()
        for name in public(package)
    }


def relative(full_name: str) -> str:
    """Returns a name as users write it after `from adrjax import losses`."""
    return full_name.removeprefix("adrjax.")
