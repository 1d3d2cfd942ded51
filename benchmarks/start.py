"""Seconds from the start of a page's process to its first step, and where they go.

    python -m benchmarks.start quickstart "CE"
    python -m benchmarks.start adr.table3 "AlexNet CE" --data-dir DIR

Twice, each in a new process: cold, with no program compiled before and, if `--data-dir`
is given, no decoded images beside the prepared data, and warm. "The rest" is tracing,
files and the step.
"""

from collections.abc import Iterator, Mapping
import contextlib
import importlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
from typing import Annotated

import jax
import psutil
from rich.console import Console
from rich.table import Table
import tyro

from benchmarks import first_step
from experiments.harness.runner import Runner, Settings
from experiments.harness.table import cells_of

DECODED = "*.????????.????????.npy"
PARTS = ("imports", "data", "compiling", "the rest", "in all")


def main(
    page: tyro.conf.Positional[str],
    row: tyro.conf.Positional[str],
    data_dir: pathlib.Path | None = None,
    measure: Annotated[bool, tyro.conf.arg(help_behavior_hint="internal")] = False,
) -> None:
    """Prints the seconds of each part.

    Args:
        page: The page, such as `adr.table3`.
        row: One of its rows.
        data_dir: The folder of the prepared data sets.
        measure: Measure this process, for the processes that are started.
    """
    if measure:
        print(json.dumps(_parts(page, row, data_dir)))
        return
    table = Table(f"{page}, {row}", *PARTS)
    with tempfile.TemporaryDirectory() as programs, _records(data_dir) as copy:
        for name in ("cold", "warm"):
            found = _in_a_process(page, row, copy, programs)
            table.add_row(name, *(f"{found[part]:.1f}" for part in PARTS))
    Console().print(table)


@contextlib.contextmanager
def _records(data_dir: pathlib.Path | None) -> Iterator[pathlib.Path | None]:
    """Yields a folder of links to the prepared data, without the decoded images."""
    if data_dir is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(
            data_dir,
            copy,
            ignore=shutil.ignore_patterns(DECODED),
            copy_function=os.symlink,
            dirs_exist_ok=True,
        )
        yield pathlib.Path(copy)


def _in_a_process(
    page: str, row: str, data_dir: pathlib.Path | None, programs: str
) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.start", page, row, "--measure"]
    command += [] if data_dir is None else ["--data-dir", str(data_dir)]
    return json.loads(first_step.printed(command, programs).splitlines()[-1])


def _parts(page: str, row: str, data_dir: pathlib.Path | None) -> dict[str, float]:
    """Returns the seconds of each part of this process."""
    table = importlib.import_module(f"experiments.{page}").PAGE
    start, imported = psutil.Process().create_time(), time.time()
    compiling = 0.0

    def add(event: str, duration_secs: float, **kwargs: str | int) -> None:
        nonlocal compiling
        if event.endswith("/backend_compile_duration"):
            compiling += duration_secs

    jax.monitoring.register_event_duration_secs_listener(add)
    run = cells_of(table.cell(row, next(iter(table.columns.values()))))[0].run
    with tempfile.TemporaryDirectory() as workdir:
        settings = Settings(watchers=[first_step.FirstStep()], data_dir=data_dir)
        runner = Runner(pathlib.Path(workdir), settings)
        runner.labelled(run)
        read = time.time()
        with contextlib.suppress(SystemExit):  # of FirstStep
            runner.result(run)
        done = time.time()
    found = {"imports": imported - start, "data": read - imported}
    found |= {"compiling": compiling, "in all": done - start}
    return found | {"the rest": done - read - compiling}


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.start", description=__doc__)
