"""What a network starts from: the parameters of another run, or a file of weights."""

from collections.abc import Mapping
import hashlib
import pathlib
from typing import Any

import jax
import numpy as np

from experiments.command import DataError
from experiments.harness.recipe import FromFile


def started_from(
    variables: dict[str, Any], found: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Returns variables with the values of another network.

    Args:
        variables: The variables of the network.
        found: Those of the other one.

    Returns:
        The variables, and the names of those that the other network does not have, or
        has with another shape.
    """
    left: list[str] = []

    def pick(path: Any, mine: Any) -> Any:
        value: Any = found
        for key in path:
            value = value.get(key.key) if isinstance(value, Mapping) else None
        if value is None or np.shape(value) != np.shape(mine):
            left.append("/".join(str(key.key) for key in path))
            return mine
        return np.asarray(value, mine.dtype)

    return jax.tree.map_with_path(pick, variables), left


class Weights:
    """The files of weights of a folder, whose checksums are computed once.

    Args:
        folder: The folder; `weights` by default.
    """

    def __init__(self, folder: pathlib.Path | None = None):
        self.folder = folder or pathlib.Path("weights")
        self._intact: set[pathlib.Path] = set()

    def path(self, start: FromFile) -> pathlib.Path:
        """Returns the path of a file.

        Raises:
            DataError: If it is not there, or has another checksum.
        """
        path = self.folder / start.file
        if not path.exists():
            raise DataError(
                f"{path} is not there: put {start.file} of {start.source} into a folder and "
                "name it by --weights-dir"
            )
        if path in self._intact:
            return path
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        if not checksum.startswith(start.sha256):
            raise DataError(
                f"{path} must have the SHA-256 {start.sha256}, got {checksum}: it is not "
                f"{start.file} of {start.source}"
            )
        self._intact.add(path)
        return path
