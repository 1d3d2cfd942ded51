"""What stops a run, each with a message that tells how to go on."""

import signal


class Interrupted(SystemExit):
    """A run that was asked to stop has saved its state and stopped.

    Args:
        signum: The signal that asked; the exit code is 128 more.
        name: The name of the run.
        step: How many steps are done and saved.
    """

    def __init__(self, signum: int, name: str, step: int):
        super().__init__(
            f"{name}: stopped by {signal.Signals(signum).name} after step {step}, "
            "which is saved; the same command goes on from there."
        )
        self.code = 128 + signum


class NonFiniteLossError(FloatingPointError):
    """The loss, or what a step made of the parameters, is infinite or not a number."""


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written or read."""


class WorkdirError(ValueError):
    """The directory of a run holds something else."""
