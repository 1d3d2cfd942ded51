"""Public import paths for the members of private modules."""

import sys


def export(package: str) -> None:
    """Sets `__module__` of a package's public functions and classes to the package.

    So `losses.focal.__module__` is "adrjax.losses", and help, pickles and the
    documentation show the path that users import.
    """
    for name, member in vars(sys.modules[package]).items():
        defined_in = getattr(member, "__module__", None) or ""
        if not name.startswith("_") and defined_in.startswith(f"{package}._"):
            member.__module__ = package
