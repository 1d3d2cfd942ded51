"""Packages of adrjax whose requirements are an extra."""

from collections.abc import Iterator
import contextlib


@contextlib.contextmanager
def needs_extra(package: str, extra: str) -> Iterator[None]:
    """Imports of a package; the error of a missing requirement names the extra.

    Args:
        package: The public path of the package, `__name__` in its `__init__`.
        extra: The extra of `pyproject.toml` that installs what it needs.

    Raises:
        ModuleNotFoundError: If a requirement is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        requirement = str(error.name).partition(".")[0]
        if requirement == "adrjax":
            raise
        raise ModuleNotFoundError(
            f"{package} needs {requirement}, which is not installed: install "
            f"adrjax[{extra}]",
            name=error.name,
        ) from error
