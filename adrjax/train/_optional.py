"""Packages that a watcher needs and adrjax does not."""

import importlib
import types


def optional(package: str, wanted_by: str) -> types.ModuleType:
    """Imports a package.

    Raises:
        ImportError: If it is not installed; it tells how to install it.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ImportError(
            f"{wanted_by} wants {package}, which is not installed: pip install "
            f"{package}, or with adrjax, pip install 'adrjax[watch]'"
        ) from None
