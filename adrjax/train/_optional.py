"""Optional packages of the watchers."""

import importlib
import types

from adrjax.train._errors import MissingPackageError


def optional(package: str, required_by: str) -> types.ModuleType:
    """Imports a package.

    Raises:
        MissingPackageError: If it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise MissingPackageError(
            f"{required_by} needs {package}, which is not installed: pip install "
            f"{package}, or together with adrjax, pip install 'adrjax[watch]'"
        ) from None
