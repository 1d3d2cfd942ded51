"""The `.bin` files of face pairs of insightface: pickles, read without running them."""

from collections.abc import Sequence
import pathlib
import pickle
from typing import Any

# One byte a value, so neither the byte order nor the shape matters.
UINT8, BOOL = ("u1", "uint8"), ("b1", "?", "bool")


def read_bin(path: pathlib.Path) -> tuple[list[bytes], list[bool]]:
    """Reads pairs of encoded images and whether each pair is of one person.

    The file is a pickle of a list of `2 * n` images and a list of `n` bools, written by
    Python 2 or 3. Nothing in it is called: the stand-ins for numpy only hold bytes.

    Args:
        path: The file.

    Returns:
        The images, two for each pair, and the bools.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it is truncated, names anything besides lists, bytes, bools and
            numpy arrays of these, or its two lists do not fit; the error names it.
    """
    with path.open("rb") as file:
        try:
            loaded = _Unpickler(file, encoding="bytes").load()
        except Exception as error:  # a damaged pickle may raise any
            raise ValueError(
                f"{path} is truncated or not a file of pairs: "
                f"{type(error).__name__}: {error}"
            ) from error
    if not isinstance(loaded, tuple | list) or len(loaded) != 2:
        raise ValueError(f"{path} must hold two lists, images and bools")
    images = [_data(image, UINT8) for image in _items(loaded[0])]
    same = [_data(flag, BOOL) for flag in _items(loaded[1])]
    for kind, items in (("an image", images), ("a bool", same)):
        if None in items:
            raise ValueError(
                f"{path} must hold bytes and bools, item {items.index(None)} is not "
                f"{kind}"
            )
    flags = [flag for flags in same for flag in flags or b""]
    if len(images) != 2 * len(flags) or not flags:
        raise ValueError(
            f"{path} must hold two images for each bool and at least one bool, got "
            f"{len(images)} images and {len(flags)} bools"
        )
    return [image or b"" for image in images], [flag != 0 for flag in flags]


class _Array:
    """Stands for a numpy array or scalar."""

    def __init__(self, dtype: Any = None, data: Any = None):
        self.dtype, self.data = dtype, data

    def __setstate__(self, state: Any) -> None:
        _version, _shape, self.dtype, _is_fortran, self.data = state


class _Dtype:
    """Stands for a numpy dtype."""

    def __init__(self, code: Any):
        self.code = code.decode() if isinstance(code, bytes) else code

    def __setstate__(self, state: Any) -> None:
        """Does nothing: the state is the byte order."""


class _Unpickler(pickle.Unpickler):
    """Resolves the names that numpy's arrays need, and no others."""

    def find_class(self, module: str, name: str) -> Any:
        # New objects on each call: a pickle may set attributes of what it gets.
        known = {
            "numpy.ndarray": None,  # an argument of _reconstruct
            "numpy.dtype": lambda code, *_: _Dtype(code),
            "numpy._core.multiarray._reconstruct": lambda *_: _Array(),
            "numpy._core.multiarray.scalar": lambda dtype, data: _Array(dtype, data),
            "numpy._core.numeric._frombuffer": lambda data, dtype, *_: _Array(
                dtype, data
            ),
            "_codecs.encode": lambda text, _: text.encode("latin1"),
        }
        full = f"{module}.{name}".replace("numpy.core.", "numpy._core.")
        if full not in known:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is not data")
        return known[full]


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _data(value: Any, codes: tuple[str, ...]) -> bytes | None:
    """Returns the bytes of an image or of bools, None for anything else."""
    if isinstance(value, bool):
        return bytes([value]) if codes is BOOL else None
    if isinstance(value, bytes | bytearray):
        return bytes(value) if codes is UINT8 else None
    is_array = isinstance(value, _Array) and isinstance(value.dtype, _Dtype)
    if not is_array or value.dtype.code not in codes:
        return None
    return bytes(value.data) if isinstance(value.data, bytes | bytearray) else None
