"""Errors whose message says what happened and what to do."""

import signal


class Error(Exception):
    """Base class of the errors below, each of which says how to go on.

    The command lines of `experiments` print the message of such an error without its
    traceback. Every other exception is a bug and keeps its traceback.
    """


class ArgumentError(Error, ValueError):
    """An argument is out of range, or does not fit another one."""


class CheckpointError(Error, RuntimeError):
    """A checkpoint cannot be written or read."""


class WorkdirError(Error, ValueError):
    """The directory of a run holds another run, or a damaged file."""


class InUseError(WorkdirError):
    """Another process is training in the directory of a run."""


class MissingRunError(Error, FileNotFoundError):
    """There is no run in a directory, or no checkpoint of it."""


class MismatchError(CheckpointError, WorkdirError):
    """A checkpoint is intact, but of another model, optimizer or loss."""


class NonFiniteLossError(Error, FloatingPointError):
    """The loss or the updated parameters are infinite or NaN."""


class MissingPackageError(Error, ImportError):
    """An optional package is not installed."""


class Interrupted(SystemExit):
    """A run stopped by a signal, after it saved its state.

    Args:
        signum: The signal; the exit code is `128 + signum`.
        name: The name of the run.
        step: The number of steps that are done and saved.
    """

    def __init__(self, signum: int, name: str, step: int):
        super().__init__(
            f"{name}: stopped by {signal.Signals(signum).name} after step {step}, "
            "which is saved. Run the same command again to continue."
        )
        self.code = 128 + signum
