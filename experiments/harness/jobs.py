"""Several networks at a time, each in a process with its share of the devices."""

from collections.abc import Iterator, Mapping, Sequence
import contextlib
import os
import signal
import subprocess
import sys
import threading
import types

from rich.console import Console

from adrjax import train

_COUNT = "import jax; print(jax.default_backend(), jax.local_device_count())"


def run(module: str, args: Sequence[str], jobs: int, console: Console) -> None:
    """Starts the processes of `--jobs`, shows their lines, and waits for them.

    A network whose process dies is free again for the others. If a signal stops this
    process, it stops the others, which save their state.

    Args:
        module: The module of the page.
        args: The arguments of the command line.
        jobs: The number of processes.
        console: Where their lines are shown.

    Raises:
        Error: If a process ended with an error; the same command continues.
    """
    backend, number = _devices()
    command = [sys.executable, "-m", module, *args]
    processes: list[subprocess.Popen[str]] = []
    threads: list[threading.Thread] = []
    with _exits_on_signals():
        try:
            for i in range(jobs):
                process = subprocess.Popen(
                    [*command, "--worker", f"{i + 1}/{jobs}"],
                    env={**os.environ, **share(backend, number, i, jobs)},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                )
                processes.append(process)
                shown = f"job {i + 1}", process, console
                threads.append(threading.Thread(target=_show, args=shown))
                threads[-1].start()
            codes = [process.wait() for process in processes]
        finally:
            for process in processes:
                process.terminate()  # nothing, if it has ended
            for process in processes:
                process.wait()
            for thread in threads:
                thread.join()
    failed = [f"job {i + 1} ended with {code}" for i, code in enumerate(codes) if code]
    if failed:
        raise train.Error(
            f"{', '.join(failed)}: its message is above. The same command continues."
        )


@contextlib.contextmanager
def _exits_on_signals() -> Iterator[None]:
    """Raises SystemExit in the block if SIGTERM or Ctrl-C arrives; a second one kills."""

    def stop(signum: int, _: types.FrameType | None) -> None:
        signal.signal(signum, signal.SIG_DFL)
        raise SystemExit(128 + signum)

    before = {n: signal.signal(n, stop) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def share(backend: str, devices: int, index: int, jobs: int) -> Mapping[str, str]:
    """Returns the environment that gives a process its share of the devices.

    Args:
        backend: The platform of the devices, as jax names it.
        devices: The number of devices of this machine.
        index: The index of the process, from 0.
        jobs: The number of processes.
    """
    if backend == "cpu":
        return {}
    if jobs >= devices:  # some share a device, and its memory
        visible, per_device = [index % devices], -(-jobs // devices)
    else:
        visible, per_device = [*range(index, devices, jobs)], 1
    listed = ",".join(map(str, visible))
    if backend == "tpu":
        return {"TPU_VISIBLE_DEVICES": listed}
    fraction = f"{0.9 / per_device:.2f}"
    return {"CUDA_VISIBLE_DEVICES": listed, "XLA_PYTHON_CLIENT_MEM_FRACTION": fraction}


def _devices() -> tuple[str, int]:
    """Returns the platform and the number of devices, seen by another process.

    This one must not hold them.
    """
    found = subprocess.run(
        [sys.executable, "-c", _COUNT], capture_output=True, text=True, check=True
    )
    backend, number = found.stdout.split()[-2:]
    return backend, int(number)


def _show(name: str, process: subprocess.Popen, console: Console) -> None:
    for line in process.stdout or ():
        console.print(f"{name}: {line.rstrip()}", soft_wrap=True, markup=False)
