"""The files that a data set is distributed as, each checked when it is opened."""

import io
import os
import pathlib


def inside(folder: str | os.PathLike, *parts: str) -> pathlib.Path:
    """Returns a path within a folder.

    Raises:
        FileNotFoundError: If it is not there; it names the first part that is wrong and
            what lies in its place.
    """
    path = pathlib.Path(folder)
    for part in (None, *parts):
        path = path if part is None else path / part
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there\n{_beside(path)}")
    return path


def image(path: pathlib.Path) -> bytes:
    """Returns the bytes of an image file that can be decoded to its end."""
    return decodable(path.read_bytes(), str(path))


def decodable(encoded: bytes, origin: str) -> bytes:
    """Returns the bytes of an image that can be decoded to its end.

    Raises:
        ValueError: If they cannot; it names where they come from.
    """
    from PIL import Image

    try:
        Image.open(io.BytesIO(encoded)).load()
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{origin} is no image that can be read: {error}") from error
    return encoded


def pairs(path: pathlib.Path, separator: str) -> dict[str, str]:
    """Returns the lines of a file, cut at the first separator: key and value.

    Raises:
        ValueError: If a line has none, as where the file is truncated.
    """
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        key, cut, found[key] = line.partition(separator)
        if not cut:
            raise ValueError(
                f"{path}, line {number}, is {line!r}, wanted two parts with "
                f"{separator!r} between them; is the file truncated?"
            )
    return found


def _beside(path):
    if not path.parent.is_dir():
        return f"nor is {path.parent}"
    found = sorted(other.name for other in path.parent.iterdir())
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return f"{path.parent} holds: {', '.join(found[:8]) or 'nothing'}{more}"
