"""Signals that ask a run to stop."""

from collections.abc import Iterator
import contextlib
import signal
import threading


class StopRequest:
    """Whether a run was asked to stop.

    Attributes:
        signum: The signal that asked, or None.
    """

    signum: int | None = None


@contextlib.contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Notes SIGTERM and Ctrl-C instead of obeying at once; a second one kills.

    What was noted but did not raise anything is obeyed at the end.

    Only the main thread can handle signals: in another nothing changes.

    Yields:
        What will tell which signal came.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def note(signum, _):
        request.signum = signum
        signal.signal(signum, signal.SIG_DFL)

    before = {n: signal.signal(n, note) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield request
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    if request.signum is not None:
        signal.raise_signal(request.signum)  # it came too late to be heeded above
