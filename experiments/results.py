"""Keep the numbers of finished runs in results/, and write a page a paper from them.

    python -m experiments.results collect --workdir runs   # finished runs and pictures, then the pages
    python -m experiments.results pages                    # the pages alone

results/runs has a small JSON a run: what decides its numbers, every record, every evaluation, the
revision, versions and devices; no parameters. results/pictures has the pictures of a page, and its
table if it trains nothing. results/ADR.md and so on are made of these files and of the pages alone.
"""

import collections
from collections.abc import Callable, Iterator, Mapping, Sequence
import json
import pathlib
import shutil
from typing import Annotated, Any, NamedTuple

import tyro

from adrjax import train
from experiments.__main__ import is_of_harness, pages
from experiments.command import DataError, command_line
from experiments.harness import Figure, Table, measuring, report
from experiments.harness.options import Options
from experiments.harness.page import chosen_cells
from experiments.harness.result import Result
from experiments.harness.run import Run
from experiments.harness.table import Content, cells_of
from experiments.harness.variants import variant_of

PAPERS = {
    "ADR": "Adaptive discriminative regularization",
    "GSC": "GSC, the preprint of ADR",
    "POD": "Predefined evenly-distributed class centroids",
    "IE": "Include and exclude",
    "GR": "Gradient rescaling",
    "QUICKSTART": "The quickstart",
}
FOLDERS = ("", "full", "reduced")  # of what a page draws
Cells = Mapping[tuple[str, str], Content]
KEPT = ("page", "row", "column", "reduced", "training_images", "wrong_labels")
OF_THE_START = ("time", "python", "packages", "devices", "processes", "cores")


class Stored(NamedTuple):
    """A finished run as results/ has it.

    Attributes:
        path: Its JSON file, in results/runs as its directory is in the directory of runs.
        record: What the file holds.
    """

    path: pathlib.Path
    record: Mapping[str, Any]

    @property
    def seconds(self) -> float:
        """The seconds of training and of the evaluations at every record."""
        return sum(record["seconds"] for record in self.record["history"])

    def has(self, metric: str) -> bool:
        """Returns whether a number was measured."""
        return metric in self.record["measured"] or metric in self.record["history"][-1]


def collect(workdir: pathlib.Path, out: pathlib.Path) -> list[pathlib.Path]:
    """Writes the numbers of finished runs and the pictures of their pages.

    Runs that no page shows are left out: those in bfloat16 or shortened by `--scale`, and
    those of a page that has changed.

    Args:
        workdir: The directory of the runs.
        out: The directory of the results.

    Returns:
        The files of the runs.

    Raises:
        DataError: If there is no finished run.
    """
    networks, known, written = workdir / "networks", _known(), []
    for finished in sorted(networks.glob("*/*/seed*/finished.json")):
        place = finished.parent.relative_to(networks)
        if place.parent in known:
            path = (out / "runs" / place).with_suffix(".json")
            written.append(_write_json(path, _record(finished.parent)))
    if not written:
        raise DataError(
            f"{networks} must have finished runs of pages, and has none; --workdir is the "
            "directory that the pages were run with"
        )
    for name, module in pages().items():
        for folder in FOLDERS:
            drawn = [*(workdir / name / folder).glob("*.png")]
            if isinstance(getattr(module, "PAGE", None), Figure):
                drawn += (workdir / name / folder).glob("table.md")
            for file in drawn:
                copy = out / "pictures" / name / folder / file.name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
    return written


def _known() -> set[pathlib.Path]:
    """Returns the directories of all networks of all pages, in that of the networks."""
    return {
        cell.run.directory(pathlib.Path()).parent
        for module in pages().values()
        if is_of_harness(module)
        for reduced in (False, True)
        for content in _cells(module.PAGE, reduced=reduced).values()
        for cell in cells_of(content)
    }


def _record(directory: pathlib.Path) -> dict[str, Any]:
    """Returns what is kept of a run."""
    starts = train.read_provenance(directory)
    first, last = starts[0], starts[-1]
    config = train.read_config(directory)
    measured: dict[str, float] = {}
    for file in sorted((directory / measuring.FOLDER).glob("*.json")):
        numbers = json.loads(file.read_text("utf-8"))["numbers"]
        measured |= {f"{file.stem}/{key}": x for key, x in numbers.items()}
    git = last["git"] or {"revision": None, "dirty": None}
    return {
        **{key: first[key] for key in KEPT},
        "seed": first["seed"],
        "run": config["run"],
        "history": train.read_history(directory),
        "measured": measured,
        **{key: last.get(key) for key in OF_THE_START},
        **git,
    }


def _write_json(path: pathlib.Path, record: Mapping[str, Any]) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
    return path


def stored(out: pathlib.Path) -> dict[pathlib.Path, list[Stored]]:
    """Returns the runs of each identity, by their directory, in the order of seeds."""
    found: dict[pathlib.Path, list[Stored]] = {}
    files = sorted((out / "runs").glob("*/*/seed*.json"))
    for path in sorted(files, key=lambda x: int(x.stem.removeprefix("seed"))):
        place = path.parent.relative_to(out / "runs")
        run = Stored(path, json.loads(path.read_text("utf-8")))
        found.setdefault(place, []).append(run)
    return found


def write_pages(out: pathlib.Path) -> dict[str, str]:
    """Writes a page for each paper with results.

    Returns:
        The text of each page, by the name of its file.
    """
    texts = page_texts(out)
    for name, text in texts.items():
        (out / name).write_text(text, "utf-8")
    return texts


def page_texts(out: pathlib.Path) -> dict[str, str]:
    """Returns the text of the page of each paper with results, by the name of its file.

    Raises:
        DataError: If a file of results/runs is of no page.
    """
    found, used = stored(out), set()
    sections: dict[str, list[str]] = {}
    for name, module in pages().items():
        paper = name.partition(".")[0].upper()  # or the quickstart
        if paper not in PAPERS or not is_of_harness(module):
            continue
        parts, pictures = [], [*_pictures(out, name, module.PAGE)]
        shown: dict[pathlib.Path, Shown] = {}
        for reduced in (False, True):
            cells = _cells(module.PAGE, reduced=reduced)
            variant = _found(cells, found)
            if not variant.keys() <= shown.keys():
                parts += _variant(module.PAGE, cells, variant, reduced=reduced)
            shown |= variant
        used |= shown.keys()
        if isinstance(module.PAGE, Figure) and not pictures:
            continue  # its networks are those of a table
        if parts or pictures:
            title = (module.__doc__ or name).splitlines()[0].removesuffix(".")
            command = f"`python -m experiments.{name}`"
            sections.setdefault(paper, []).append(
                "\n\n".join([f"## {title}", command, *parts, *pictures])
            )
    if left := found.keys() - used:
        raise DataError(
            f"each file of {out / 'runs'} must be of a network of a page, and "
            f"{sorted(map(str, left))[0]} is of none: its page has changed; remove it, or "
            "train it again"
        )
    return {
        f"{paper}.md": f"# {PAPERS[paper]}: results\n\n" + "\n\n".join(texts) + "\n"
        for paper, texts in sections.items()
    }


class Shown(NamedTuple):
    """The runs of a network of a page."""

    run: Run
    seeds: Sequence[Stored]


def _cells(page: Table | Figure, *, reduced: bool) -> Cells:
    if reduced and page.reduced is None:
        return {}
    options = Options(reduced=reduced)
    return chosen_cells(page, options, variant_of(options))


def _found(
    cells: Cells, found: Mapping[pathlib.Path, list[Stored]]
) -> dict[pathlib.Path, Shown]:
    """Returns the runs of a page that there are results of, by their directory.

    A run that lacks a number of the page, such as an evaluation at the end that only
    this page has, is left out until the page is run.
    """
    shown: dict[pathlib.Path, Shown] = {}
    incomplete = set()
    for content in cells.values():
        for cell in cells_of(content):
            place = cell.run.directory(pathlib.Path()).parent
            if place in found:
                shown[place] = Shown(cell.run, found[place])
                if not all(x.has(cell.metric) for x in found[place]):
                    incomplete.add(place)
    return {place: x for place, x in shown.items() if place not in incomplete}


def _variant(
    page: Table | Figure,
    cells: Cells,
    shown: Mapping[pathlib.Path, Shown],
    *,
    reduced: bool,
) -> list[str]:
    """Returns the table of a page with its results, and how they were computed."""
    parts = []
    if reduced:
        parts.append(f"Reduced ({page.reduced}):")
    if isinstance(page, Table):
        results = {
            x.run.identity: [_result(x.run, seed) for seed in x.seeds]
            for x in shown.values()
        }
        parts.append(report.markdown(*report.texts(page, cells, results)))
        parts.append(report.footnote(page, cells, in_full=not reduced))
    parts.append(_circumstances([seed for x in shown.values() for seed in x.seeds]))
    return parts


def _result(run: Run, seed: Stored) -> Result:
    record = seed.record
    run = run.with_seed(record["seed"])
    return Result(run, seed.path, record["history"], record["measured"])


def _circumstances(runs: Sequence[Stored]) -> str:
    """Returns the number of networks, how long they took, on what, of which revision."""

    def listed(get: Callable[[Mapping[str, Any]], str]) -> str:
        return ", ".join(sorted({get(run.record) for run in runs}))

    hours = sum(run.seconds for run in runs) / 3600
    devices = listed(_hardware)
    revisions = listed(lambda x: (x["revision"] or "?")[:8] + "*" * bool(x["dirty"]))
    versions = listed(lambda x: x["packages"]["jax"])
    minutes = max(1, round(60 * hours))
    time = f"{hours:.1f} hours" if hours >= 0.1 else f"{minutes} minute{_s(minutes)}"
    networks = f"{len(runs)} network{_s(len(runs))}"
    return f"{networks}, {time} on {devices}; jax {versions}; revision {revisions}."


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _hardware(record: Mapping[str, Any]) -> str:
    """Returns the devices of a run, and the cores if they are the device."""
    kinds = collections.Counter(record["devices"])
    words = [f"{n} x {kind}" if n > 1 else kind for kind, n in kinds.items()]
    cores = record.get("cores")
    return " + ".join(words) + (
        f" of {cores} cores" if "cpu" in kinds and cores else ""
    )


def _pictures(out: pathlib.Path, name: str, page: Table | Figure) -> Iterator[str]:
    for part in FOLDERS:
        folder = out / "pictures" / name / part
        pictures, table = sorted(folder.glob("*.png")), folder / "table.md"
        if part == "reduced" and (pictures or table.exists()):
            yield f"Reduced ({page.reduced}):"
        if table.exists():
            title, _, text = table.read_text("utf-8").partition("\n")
            yield text.strip() if title.startswith("# ") else f"{title}\n{text}".strip()
        for picture in pictures:
            place = picture.relative_to(out).as_posix()
            yield f"![{picture.stem}]({place})"


Out = Annotated[pathlib.Path, tyro.conf.arg(help="The directory of the results.")]


def _collect(
    workdir: pathlib.Path = pathlib.Path("runs"), out: Out = pathlib.Path("results")
) -> None:
    """Keeps the numbers of finished runs, and writes the pages.

    Args:
        workdir: The directory of the runs.
        out: The directory of the results.
    """
    with command_line():
        files = collect(workdir, out)
        print(f"{len(files)} runs in {out / 'runs'}")
        _pages(out)


def _pages(out: Out = pathlib.Path("results")) -> None:
    """Writes the pages.

    Args:
        out: The directory of the results.
    """
    with command_line():
        for name in write_pages(out):
            print(f"wrote {out / name}")


if __name__ == "__main__":
    tyro.extras.subcommand_cli_from_dict(
        {"collect": _collect, "pages": _pages},
        prog="python -m experiments.results",
        description=__doc__,
    )
