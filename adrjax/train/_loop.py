"""The loop: steps, records and checkpoints."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import contextlib
import dataclasses
import time
from typing import Any

import jax
import numpy as np

from adrjax import data
from adrjax.train import _arguments
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import ArgumentError
from adrjax.train._monitor import Monitor, Snapshot, evaluate, training_metrics
from adrjax.train._parallel import to_global
from adrjax.train._processes import SignalSync, is_first
from adrjax.train._profile import Profile
from adrjax.train._programs import Programs
from adrjax.train._schedule import Schedule
from adrjax.train._signals import StopRequest
from adrjax.train._state import TrainState
from adrjax.train._task import Task
from adrjax.train._watchers import Run, Watcher
from adrjax.train._workarounds import must_wait_for_step
from adrjax.train._workdir import Workdir

Step = Callable[[TrainState, data.Batch], TrainState]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loop:
    """The steps of a run, from any of them to the last.

    Attributes:
        task: What is trained.
        program: Its compiled functions.
        schedule: What is due after a step.
        devices: The number of local devices.
        workdir: The directory of the run.
        checkpoints: Its checkpoints.
        history: The records so far, which grow.
        watchers: Objects that show or store the metrics, on the first process.
    """

    task: Task
    program: Programs
    schedule: Schedule
    devices: int
    workdir: Workdir
    checkpoints: Checkpoints
    history: list[dict[str, Any]]
    watchers: Sequence[Watcher]

    def run(
        self,
        state: TrainState,
        batches: Iterable[data.Batch],
        request: StopRequest,
        profile: Profile | None,
    ) -> tuple[TrainState, int | None]:
        """Trains to the last step, or until a signal arrives.

        Args:
            state: The first state.
            batches: The batches from there on, grouped as the schedule says.
            request: The signal that this process received, if any.
            profile: The profile that traces some steps.

        Returns:
            The last state, which is saved, and the signal that stopped the run or
            arrived after the last step.
        """
        step, schedule = int(state.step), self.schedule
        must_wait = must_wait_for_step(self.devices * jax.process_count())
        if step == 0 and 0 in schedule.snapshots:
            self._save(0, state)
        signum, signals, monitor, metrics = None, SignalSync(), Monitor(), {}
        with (
            _watching(self.watchers, self._description(step)) as watchers,
            _profiled(profile, self.program.step) as train_step,
        ):
            started = time.perf_counter()
            remaining = zip(schedule.sizes(step), self._hinted(batches), strict=False)
            for size, batch in remaining:
                state, step = train_step(state, batch), step + size
                if must_wait:
                    jax.block_until_ready(state)
                records = schedule.records(step)
                signum = signals.poll(request.signum, step, force=records)
                saves = schedule.saves(step) or signum is not None
                snapshot = monitor.poll(step, state.totals, wait=saves)
                if snapshot is not None:
                    metrics = self._update(watchers, snapshot)
                score = None
                if records:
                    score = self._record(watchers, step, metrics, state, started)
                    state = self.program.after_record(state, np.float32(score or 0))
                    started = time.perf_counter()
                if schedule.ends_epoch(step):
                    state = self.program.end_epoch(state)
                if saves:
                    self._save(step, state, score)
                if signum is not None:
                    break
            self.checkpoints.wait()
            if self.history and self.history[-1]["step"] == schedule.steps:
                for watcher in watchers:
                    watcher.end(self.history[-1], self.checkpoints.path(schedule.steps))
        if signum is None:
            signum = signals.poll(request.signum, step, force=True)
        return state, signum

    def _update(
        self, watchers: Sequence[Watcher], snapshot: Snapshot
    ) -> dict[str, float]:
        """Shows the training metrics of a step, and returns them."""
        metrics = training_metrics(snapshot.totals, self.task.name, self.checkpoints)
        for watcher in watchers:
            watcher.update(snapshot.step, self.schedule.epoch(snapshot.step), metrics)
        return metrics

    def _record(
        self,
        watchers: Sequence[Watcher],
        step: int,
        metrics: Mapping[str, float],
        state: TrainState,
        started: float,
    ) -> float | None:
        """Evaluates and records a step, and returns its score, if there is one."""
        measured = evaluate(self.task.evaluations, self.program.network(state))
        names = [name.replace("_", "/", 1) for name in metrics]
        _arguments.check_disjoint("the metrics of evaluations", measured, names)
        score = _score(self.task, measured)
        record = {"epoch": self.schedule.epoch(step), "step": step}
        record |= {**metrics, **measured}
        record["seconds"] = round(time.perf_counter() - started, 3)
        self.history.append(record)
        self.workdir.append(record)
        for watcher in watchers:
            watcher.epoch(record)
        return score

    def _save(self, step: int, state: TrainState, score: float | None = None) -> None:
        self.checkpoints.save(step, to_global(state, self.devices), score=score)

    def _hinted(self, batches: Iterable[data.Batch]) -> Iterator[data.Batch]:
        """Yields the batches; notes on their errors where the run continues."""
        try:
            yield from batches
        except Exception as error:
            self.checkpoints.wait()
            hint = self.checkpoints.resume_hint()
            error.add_note(f"{self.task.name}: no next batch. {hint}")
            raise

    def _description(self, step: int) -> Run:
        return Run(
            name=self.task.name,
            workdir=self.workdir.path,
            config=self.workdir.config,
            step=step,
            num_steps=self.schedule.steps,
            num_epochs=self.schedule.epoch(self.schedule.steps),
            steps_per_epoch=self.schedule.steps_per_epoch,
            batch_size=self.task.batch_size,
            best=self.task.best,
            lower_is_better=self.task.lower_is_better,
        )


def _score(task: Task, measured: Mapping[str, float]) -> float | None:
    """Returns the number whose highest value is the best, if any is measured."""
    if task.best is None:
        metric = next(iter(measured.values()), None)
    elif task.best in measured:
        metric = measured[task.best]
    else:
        raise ArgumentError(
            f"{task.name}: best must be a metric of the evaluations, "
            f"{', '.join(measured)}, got {task.best!r}"
        )
    return -metric if metric is not None and task.lower_is_better else metric


@contextlib.contextmanager
def _watching(watchers: Sequence[Watcher], run: Run) -> Iterator[Sequence[Watcher]]:
    """Starts the watchers of the first process, yields them and closes them."""
    active = watchers if is_first() and run.step < run.num_steps else ()
    try:
        for watcher in active:
            watcher.start(run)
        yield active
    finally:
        for watcher in active:
            watcher.close()


@contextlib.contextmanager
def _profiled(profile: Profile | None, step: Step) -> Iterator[Step]:
    """Yields the step, traced by the profile if there is one."""
    if profile is None or not is_first():
        yield step
        return
    try:
        yield profile.traced(step)
    finally:
        profile.close()
