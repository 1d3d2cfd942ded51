"""The files that a data set is distributed as, each checked when it is read."""

import io
import os
import pathlib

# tfds refuses a folder of files to builders without instructions.
INSTRUCTIONS = "`python -m adrjax.data` lists the files that --manual-dir must hold."


def inside(folder: str | os.PathLike, *parts: str) -> pathlib.Path:
    """Returns a path within a folder.

    Raises:
        FileNotFoundError: If it is missing; the error names the first part that is
            missing and the files beside it.
    """
    path = pathlib.Path(folder)
    for part in ("", *parts):
        path /= part
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing\n{_beside(path)}")
    return path


def image(path: pathlib.Path) -> bytes:
    """Returns the bytes of an image file, if it can be decoded to its end."""
    return decodable(path.read_bytes(), str(path))


def decodable(encoded: bytes, origin: str) -> bytes:
    """Returns the bytes of an image, if they can be decoded to their end.

    Raises:
        ValueError: If they cannot; the error names their origin.
    """
    from PIL import Image

    try:
        Image.open(io.BytesIO(encoded)).load()
    except Exception as error:  # Pillow raises many kinds for a damaged file
        raise ValueError(f"{origin} is not a readable image: {error}") from error
    return encoded


def key_values(path: pathlib.Path, separator: str) -> dict[str, str]:
    """Returns the lines of a file, split at the first separator into key and value.

    Raises:
        ValueError: If a line has no separator, as in a truncated file.
    """
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        key, cut, found[key] = line.partition(separator)
        if not cut:
            raise ValueError(
                f"{path}, line {number}, must be two parts with {separator!r} between "
                f"them, got {line!r}; the file may be truncated"
            )
    return found


def _beside(path: pathlib.Path) -> str:
    if not path.parent.is_dir():
        return f"{path.parent} is missing too"
    found = sorted(other.name for other in path.parent.iterdir())
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return f"{path.parent} holds: {', '.join(found[:8]) or 'nothing'}{more}"
