"""The command line of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import contextlib
import dataclasses
import functools
import gc
import pathlib
import sys
import tempfile
import time

import jax
from rich.console import Console
import tyro

from adrjax import train
from experiments.command import command_line
from experiments.harness import jobs, report
from experiments.harness.figure import Context, Figure
from experiments.harness.identity import describe
from experiments.harness.options import Options, share_of
from experiments.harness.result import Result
from experiments.harness.run import Origin, Run
from experiments.harness.runner import Runner, Settings
from experiments.harness.table import (
    Best,
    Cell,
    Content,
    Table,
    cells_of,
    check_metrics,
    chosen,
)
from experiments.harness.variants import changes_of, variant_of

Page = Table | Figure
PAUSE = 5  # seconds before a network that another process trains is tried again


def main(
    page: Page,
    args: Sequence[str] | None = None,
    *,
    module: str | None = None,
    doc: str | None = None,
) -> None:
    """Runs a page from the command line.

    Args:
        page: The page.
        args: The arguments; those of the command line by default.
        module: The name of its module; that of the program by default.
        doc: The docstring of its module; that of the program by default.
    """
    program = sys.modules["__main__"]
    spec = getattr(program, "__spec__", None)
    name: str = module or (spec.name if spec else "experiments.page")
    text: str = doc or program.__doc__ or name
    args = sys.argv[1:] if args is None else [*args]
    with command_line():
        options = tyro.cli(
            Options, prog=f"python -m {name}", description=text, args=args
        )
        options.check()
        if options.jobs > 1 and options.worker is None and not options.smoke:
            jobs.run(name, args, options.jobs, _console(quiet=False))
        options.join()
        with contextlib.ExitStack() as stack:
            if options.smoke:
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                options = dataclasses.replace(
                    options, workdir=pathlib.Path(folder), out=None
                )
            gc.freeze()  # the collections after each run pass over what is imported
            run(page, options, name, text.splitlines()[0])


def run(
    page: Page, options: Options, module: str, title: str
) -> Mapping[str, Sequence[Result]]:
    """Trains what is not trained yet, writes tables and figures, and prints them.

    Args:
        page: The page.
        options: The command line.
        module: The name of its module.
        title: Its title.

    Returns:
        The results of each seed, by the identity of the run.
    """
    name = module.removeprefix("experiments.")
    is_first, started = jax.process_index() == 0, time.perf_counter()
    console = _console(quiet=not is_first)
    if not options.smoke:
        cache = _cache_programs(options.workdir / "compiled")
        console.print(f"compiled programs are kept in {cache}", soft_wrap=True)
    trains = isinstance(page, Table) or bool(page.runs())
    if options.reduced and page.reduced is None and trains:
        raise train.ArgumentError(
            f"{name} has no reduced variant: its data or networks are too large for "
            "one; --smoke checks that it runs"
        )
    changes = changes_of(options) if trains else []
    if changes:
        title = f"{title.removesuffix('.')} ({', '.join(changes)})"
    variant = variant_of(options)
    runner = Runner(
        options.workdir / "networks",
        Settings(
            machine=train.Machine(
                parallel=options.parallel,
                devices=options.devices,
                save_every=options.save_every,
                steps_per_dispatch=options.steps_per_dispatch,
            ),
            watchers=options.watchers(console),
            data_dir=options.data_dir,
            weights_dir=options.weights_dir,
            accept_changes=options.accept_changes,
            profile=options.profile,
            num_workers=options.num_workers,
            say=functools.partial(
                console.print, soft_wrap=True, markup=False, highlight=False
            ),
        ),
        variant=variant,
        smoke=options.smoke,
    )
    cells = chosen_cells(page, options, variant)
    origins = _origins(cells, module, options)
    seeds = _seeds(page, options)
    runs = {
        (identity, seed): run.with_seed(seed)
        for identity, run in _runs(cells).items()
        for seed in range(seeds)
    }
    for run in runs.values():
        runner.check(run)
    results, is_whole = _train(runner, runs, origins, options, console)
    if not is_first or options.worker is not None:
        return results
    if not is_whole:
        console.print(
            f"part {options.part} is done; the part that ends last prints {name}."
        )
        return results
    directory = options.out or options.workdir / name
    if isinstance(page, Table):
        grid, below = report.write(
            page, cells, results, directory, title, in_full=not changes
        )
        console.print(grid)
        console.print(below, highlight=False, markup=False, soft_wrap=True)
    shown = {
        key: results[cell.run.identity]
        for key, content in cells.items()
        for cell in cells_of(content)[:1]
        if cell.run.identity in results
    }
    grids = {
        key: [results[x.run.identity] for x in content.of if x.run.identity in results]
        for key, content in cells.items()
        if isinstance(content, Best)
    }
    if shown or isinstance(page, Figure):
        context = Context(
            shown,
            runner,
            directory,
            grids=grids,
            is_reduced=options.reduced,
            smoke=options.smoke,
        )
        for path in page.draw(context):
            console.print(f"drew {path}", soft_wrap=True)
    console.print(f"{time.perf_counter() - started:.0f} seconds")
    if options.smoke:
        console.print("A smoke run: random images, two steps. Nothing was kept.")
    return results


def _train(
    runner: Runner,
    runs: Mapping[tuple[str, int], Run],
    origins: Mapping[str, Origin],
    options: Options,
    console: Console,
) -> tuple[dict[str, list[Result]], bool]:
    """Trains the runs of this process; returns the results, and whether all are there."""
    part, parts = share_of("--part", options.part)
    worker, workers = share_of("--worker", options.worker)
    waits = parts > 1 or workers > 1
    own = [key for i, key in enumerate(runs) if i % parts == part]
    first = worker * len(own) // workers  # workers start at different runs
    pending, found = [*own[first:], *own[:first]], {}
    while pending:
        before = len(pending)
        for key in [*pending]:
            run = runs[key]
            if waits and runner.is_in_use(run):
                continue
            if options.worker is not None and runner.finished(run):
                pending.remove(key)
                continue
            try:
                found[key] = runner.result(run, origins[key[0]])
            except train.InUseError:
                if not waits:
                    raise
                continue
            pending.remove(key)
        if pending and len(pending) == before:
            time.sleep(PAUSE)
    others = [key for key in runs if key not in found]
    is_whole = options.smoke or all(runner.finished(runs[key]) for key in others)
    if is_whole and options.worker is None:
        for key in others:
            found[key] = runner.result(runs[key], origins[key[0]])
    results: dict[str, list[Result]] = {}
    for key in runs:
        if key in found:
            results.setdefault(key[0], []).append(found[key])
    return results, is_whole


def chosen_cells(
    page: Page, options: Options, variant: Callable[[Run], Run]
) -> dict[tuple[str, str], Content]:
    """Returns the chosen cells, with the variants of their runs."""
    if isinstance(page, Figure):
        if options.columns:
            raise train.ArgumentError(
                f"--columns is for tables, and this page is a figure, got "
                f"{', '.join(options.columns)}; choose its networks by --rows"
            )
        reduced_runs = page.reduced_runs if options.reduced else None
        runs = (reduced_runs or page.runs)()
        names = chosen([*runs], options.rows, "rows")
        return {(name, ""): Cell(variant(runs[name]), "train_loss") for name in names}
    rows, columns = [*page.rows], [*page.stands_for]
    if options.reduced:
        rows = [*(page.reduced_rows or rows)]
        columns = [*(page.reduced_columns or columns)]
    rows = chosen(rows, options.rows, "rows")
    columns = chosen(columns, options.columns, "columns")

    def of(content: Content) -> Content:
        if isinstance(content, Cell):
            return dataclasses.replace(content, run=variant(content.run))
        if isinstance(content, Best):
            kept = content.of
            if options.reduced:
                kept = [x for x in kept if x.run.recipe.reduced is not None] or kept
            cells = [dataclasses.replace(x, run=variant(x.run)) for x in kept]
            return dataclasses.replace(content, of=cells)
        return content

    cells = {key: of(content) for key, content in page.cells(rows, columns).items()}
    for content in cells.values():
        check_metrics(content)
    return cells


def _runs(cells: Mapping[tuple[str, str], Content]) -> dict[str, Run]:
    """Returns the network of each identity.

    Raises:
        ArgumentError: If two networks differ in their evaluations only.
    """
    runs: dict[str, Run] = {}
    for content in cells.values():
        for cell in cells_of(content):
            run = runs.setdefault(cell.run.identity, cell.run)
            here, there = (describe(x.recipe.evaluations) for x in (cell.run, run))
            if here != there:
                raise train.ArgumentError(
                    f"two cells have the network {run.name}, with different evaluations: "
                    "give both all of them"
                )
    return runs


def _origins(
    cells: Mapping[tuple[str, str], Content], module: str, options: Options
) -> dict[str, Origin]:
    """Returns the first cell of each run.

    The label of a run is its row, and its column if the row has several runs.
    """
    places: dict[str, list[tuple[str, str]]] = {}
    for key, content in cells.items():
        for cell in cells_of(content):
            places.setdefault(cell.run.identity, []).append(key)
    runs_of_row: dict[str, set[str]] = {}
    for identity, keys in places.items():
        for row, _ in keys:
            runs_of_row.setdefault(row, set()).add(identity)
    origins = {}
    for content in cells.values():
        for cell in cells_of(content):
            identity = cell.run.identity
            row, column = places[identity][0]
            words = [row]
            if isinstance(content, Best):
                words = [cell.run.recipe.name, cell.run.method.name]
            elif len(runs_of_row[row]) > 1:
                words.append(column)
            origin = Origin(
                module,
                row,
                column,
                ", ".join(words),
                reduced=options.reduced,
                scale=options.scale,
                bfloat16=options.bfloat16,
            )
            origins.setdefault(identity, origin)
    return origins


def _seeds(page: Page, options: Options) -> int:
    if options.smoke:
        return 1
    if options.seeds is not None:
        return options.seeds
    return page.reduced_seeds if options.reduced else page.seeds


def _cache_programs(directory: pathlib.Path) -> str:
    """Keeps compiled programs for the next seed, unless a cache is configured already."""
    configured = jax.config.values["jax_compilation_cache_dir"]
    if configured is not None:
        return configured
    jax.config.update("jax_compilation_cache_dir", str(directory.absolute()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    return str(directory.absolute())


def _console(*, quiet: bool) -> Console:
    console = Console(quiet=quiet)
    return console if console.is_terminal else Console(width=120, quiet=quiet)
