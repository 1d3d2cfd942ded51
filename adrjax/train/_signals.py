"""Signals that stop a run between two steps."""

from collections.abc import Iterator
import contextlib
import signal
import threading
import types


class StopRequest:
    """The request to stop a run.

    Attributes:
        signum: The signal that was received, or None.
    """

    signum: int | None = None


@contextlib.contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Records SIGTERM and Ctrl-C instead of stopping; a second signal kills.

    If the block ends normally, a recorded signal is raised again. Python handles
    signals in the main thread only; in another thread nothing is recorded.

    Yields:
        The request, whose `signum` is set when a signal arrives.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def record(signum: int, _: types.FrameType | None) -> None:
        request.signum = signum
        signal.signal(signum, signal.SIG_DFL)

    before = {n: signal.signal(n, record) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield request
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    if request.signum is not None:
        signal.raise_signal(request.signum)  # it came after the last check in the block
