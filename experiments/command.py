"""The frame of every command line: its output and its errors."""

from collections.abc import Iterator
import contextlib
import io
import sys

from adrjax import train


@contextlib.contextmanager
def command_line() -> Iterator[None]:
    """Ends the program with a message, without a traceback, if an expected error is raised.

    An expected error is a `train.Error`; any other exception is a bug and keeps its traceback.
    A character that the encoding of the standard output lacks is printed as `?`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        yield
    except train.Error as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None
