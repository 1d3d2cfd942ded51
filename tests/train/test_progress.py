"""train.Progress, on a terminal and elsewhere."""

import io
import json
import re

import pytest
from rich.console import Console

from adrjax import train
from adrjax.train import _speed

METRICS = {"train_loss": 0.1234567, "train_accuracy": 0.9}
PARTS = {"train_base": 0.1, "train_adr": 0.02, "train_embedding": 3e-6}
RECORD = {"epoch": 1, "step": 8, **METRICS, "top1": 0.85, "ece": 0.2, "seconds": 1.5}
LAST = RECORD | {"epoch": 2, "step": 16, "top1": 0.8, "seconds": 70}


class Device:
    def __init__(self, used, limit):
        self.memory_stats = lambda: {"bytes_in_use": used, "bytes_limit": limit}


class Clock:
    """Moves by `tick` only."""

    now = 0.0

    def tick(self, seconds=1):
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(_speed.time, "perf_counter", lambda: clock.now)
    devices = [Device(0.5e9, 80e9), Device(1.5e9, 80e9)]
    monkeypatch.setattr(_speed.jax, "local_devices", lambda: devices)
    return clock


class Shown:
    """A run of two epochs of eight steps, on a console of 80 columns."""

    def __init__(
        self,
        workdir,
        *,
        terminal,
        disable=False,
        step=0,
        name="ADR",
        console=None,
        **options,
    ):
        self.console = console or Console(
            file=io.StringIO(), force_terminal=terminal, width=80
        )
        self.progress = train.Progress(disable=disable, console=self.console)
        run = train.Run(name, workdir, {}, step, 16, 2, 8, 24, **options)
        self.progress.start(run)
        lines = [f"{json.dumps(record)}\n" for record in (RECORD, LAST)]
        (workdir / "metrics.jsonl").write_text("".join(lines))
        self.checkpoint = workdir / "checkpoints" / "16"

    @property
    def text(self):
        return self.console.file.getvalue()

    def frame(self):
        console = Console(file=io.StringIO(), width=80)
        console.print(self.progress._display())
        return [line.rstrip() for line in console.file.getvalue().splitlines()]

    def to_the_end(self, clock):
        clock.tick(30)  # to compile
        for step, record in ((8, RECORD), (16, LAST)):
            for done in (step - 4, step):
                clock.tick()
                self.progress.update(done, record["epoch"], METRICS)
            clock.tick(20)  # to evaluate
            self.progress.epoch(record)
        self.progress.end(LAST, self.checkpoint)
        self.progress.close()


def test_progress_without_a_terminal_prints_a_line_an_epoch(tmp_path, clock):
    shown = Shown(tmp_path, terminal=False)
    shown.to_the_end(clock)
    first, _, *summary = shown.text.splitlines()
    assert first == (
        "ADR  epoch 1/2  step 8  train_loss 0.12346  train_accuracy 0.9  top1 0.85  "
        "ece 0.2  seconds 1.5  96 images/s  1.5 of 80.0 GB"
    )
    assert summary == [
        "ADR: 2 epochs  16 steps  0:01:12  96 images/s",
        "  top1 0.8  the best 0.85 after epoch 1",
        f"  checkpoint {shown.checkpoint}",
    ]
    assert shown.text.replace("\n", "").isprintable()


def test_progress_on_a_terminal_shows_bars_of_epochs_and_steps(tmp_path, clock):
    shown = Shown(tmp_path, terminal=True)
    clock.tick(5)
    assert shown.frame() == [
        "run    ADR",
        "epoch  1/2",
        "step   0/8",
        "train  the first step compiles",
        "test",
        "speed  0:00:05 gone  1.5 of 80.0 GB",
    ]
    shown.progress.update(2, 1, METRICS)
    clock.tick()
    shown.progress.update(6, 1, METRICS)
    assert shown.frame() == [
        "run    ADR",
        "epoch  1/2  " + 25 * "━" + "╸",
        "step   6/8  " + 51 * "━",
        "train  loss 0.1235  accuracy 90.0%",
        "test",
        "speed  96 images/s  0:00:06 gone  0:00:02 left  1.5 of 80.0 GB",
    ]
    shown.progress.epoch(RECORD)
    test = shown.frame()[4]
    assert test == "test   top1 0.8500  ece 0.2000"
    shown.progress.close()


def test_progress_shows_each_part_of_the_loss(tmp_path):
    shown = Shown(tmp_path, terminal=True)
    shown.progress.update(2, 1, METRICS | PARTS)
    train = shown.frame()[3]
    for metric in ("loss 0.1235", "base 0.1000", "adr 0.0200", "embedding 3.000e-06"):
        assert metric in train
    shown.progress.close()


def test_progress_cuts_or_wraps_long_lines(tmp_path):
    shown = Shown(tmp_path, terminal=True, name=100 * "x")
    many = {f"train_part{i}": float(i) for i in range(9)}
    shown.progress.update(2, 1, many)
    frame = shown.frame()
    assert frame[0].endswith("x…")
    assert all(len(line) <= 80 for line in frame)
    assert all(f"part{i} {i}.0000" in " ".join(frame[3:-2]) for i in range(9))
    shown.progress.close()


def test_progress_replaces_the_bars_by_a_summary(tmp_path, clock):
    shown = Shown(tmp_path, terminal=True)
    shown.to_the_end(clock)
    *_, first, second, last = shown.text.splitlines()
    assert first.endswith("ADR: 2 epochs  16 steps  0:01:12  96 images/s")
    assert second == "  top1 0.8  the best 0.85 after epoch 1"
    assert last == f"  checkpoint {shown.checkpoint}"


def test_progress_names_the_best_of_the_chosen_metric(tmp_path, clock):
    shown = Shown(tmp_path, terminal=False, best="ece", lower_is_better=True)
    last = LAST | {"ece": 0.3}
    (tmp_path / "metrics.jsonl").write_text(
        "".join(f"{json.dumps(record)}\n" for record in (RECORD, last))
    )
    shown.progress.end(last, shown.checkpoint)
    assert "  ece 0.3  the best 0.2 after epoch 1" in shown.text.splitlines()


def test_progress_of_a_resumed_run_starts_at_its_step(tmp_path):
    shown = Shown(tmp_path, terminal=True, step=10)
    assert shown.frame()[1].startswith("epoch  2/2  ━")
    assert shown.frame()[2].startswith("step   2/8  ━")
    shown.progress.close()


def test_progress_leaves_the_bars_if_the_run_is_stopped(tmp_path):
    shown = Shown(tmp_path, terminal=True)
    shown.progress.update(2, 1, METRICS)
    shown.progress.close()
    assert "loss 0.1235" in shown.text


def test_disabled_progress_prints_nothing(tmp_path, clock):
    for terminal in (True, False):
        shown = Shown(tmp_path, terminal=terminal, disable=True)
        shown.to_the_end(clock)
        assert shown.text == ""


def test_memory_is_that_of_the_process_if_devices_report_none(monkeypatch):
    monkeypatch.undo()
    assert re.fullmatch(r"\d+\.\d GB", _speed.memory())


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_prints_question_marks_for_what_the_encoding_lacks(
    tmp_path, clock, terminal
):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    console = Console(file=file, force_terminal=terminal, width=80)
    shown = Shown(tmp_path, terminal=terminal, console=console, name="Müller ± " * 9)
    shown.to_the_end(clock)
    assert b"M?ller ? " in raw.getvalue()
