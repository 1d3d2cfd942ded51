"""Training from the first step to the last, over any number of interruptions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import dataclasses
import os
import sys
import time
from typing import Any, NamedTuple

import jax
import numpy as np

from adrjax import data
from adrjax.train import _arguments, _programs
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import ArgumentError, Interrupted, WorkdirError
from adrjax.train._monitor import Monitor, evaluate, training_metrics
from adrjax.train._parallel import to_global
from adrjax.train._processes import SignalSync, barrier, is_first
from adrjax.train._profile import Profile
from adrjax.train._programs import MadeOf, Programs
from adrjax.train._provenance import provenance, versions
from adrjax.train._signals import stop_request
from adrjax.train._state import TrainState
from adrjax.train._task import Machine, Task
from adrjax.train._watchers import Run, Watcher
from adrjax.train._workarounds import must_wait_for_step
from adrjax.train._workdir import LAYOUT, open_workdir


class Result(NamedTuple):
    """The result of a run.

    Attributes:
        history: One dict a record, as in metrics.jsonl.
        state: The state after the last step; None if the run was finished before, which
            `restore_variables` reads.
    """

    history: list[dict[str, Any]]
    state: TrainState | None


def fit(
    task: Task,
    directory: str | os.PathLike[str],
    *,
    seed: int,
    machine: Machine = Machine(),
    watchers: Sequence[Watcher] = (),
    profile: Profile | None = None,
    accept_changes: bool = False,
    programs: Programs | None = None,
) -> Result:
    """Trains a network, or continues the run of a directory.

    A run that is stopped at any moment, in any way, and started again ends with the
    same parameters and the same metrics.jsonl (except for the seconds) as a run that
    was not stopped, on the same number of devices. A finished run is read from its
    files.

    A directory holds one run. Its config.json has the numbers of the task, a checksum
    of the labels, the seed, and a hash of the program of a training step, which differs
    if the loss, the optimizer, the network or the augmentation does. A call for another
    run is refused. Hashes by other versions of jax, flax or optax are not compared.

    To train one network with several processes, each of them calls this function after
    `jax.distributed.initialize`, with the same arguments and a shared directory.

    Args:
        task: What decides the numbers of the run.
        directory: The directory of this run and no other.
        seed: The seed of parameters, order, augmentation and dropout.
        machine: How the run is computed, which does not change its numbers.
        watchers: Objects that show or store the metrics during the run.
        profile: The profile that traces some steps.
        accept_changes: Whether to continue a run that has another configuration.
        programs: The compiled functions, of `programs(task, machine)`, if several runs
            share them; None makes them.

    Returns:
        The records and the last state.

    Raises:
        ArgumentError: If an argument is out of range or does not fit another one;
            nothing has been written then. If `start` returns other shapes, before the
            first step. If the metrics of an evaluation are not finite, or `best` is not
            one of them, before they are recorded.
        WorkdirError: If the directory holds a run of another configuration, a longer
            run, files but no run, or a damaged file, or if it is in use.
        CheckpointError: If a checkpoint cannot be written, or none can be read.
        MismatchError: If the last checkpoint is of another model, optimizer or loss.
        NonFiniteLossError: If the loss or the parameters become infinite or NaN.
        Interrupted: If SIGTERM or Ctrl-C arrived. The step was finished and saved.
    """
    machine, devices = _checked_machine(machine)
    seed = _arguments.count("seed", seed, low=0, high=2**32 - 1)
    task = _checked_task(task, seed, devices * jax.process_count())
    program = _programs.programs(task, machine) if programs is None else programs
    if differing := program.made_of.differs_from(MadeOf.of(task, machine)):
        raise ArgumentError(
            f"{task.name}: programs must be of this task and machine, and differ in "
            f"{', '.join(differing)}; make them by train.programs(task, machine)"
        )
    config = _config(task, seed, program)
    start = {**provenance(), "parallel": machine.parallel, "seed": seed}
    _arguments.check_disjoint("the fields of facts", task.facts, {*start, "step"})
    facts = _arguments.as_json("facts", task.facts)
    name, steps_per_epoch = task.name, len(task.train.labels) // task.batch_size
    record_every = task.record_every or steps_per_epoch
    snapshots = {epoch * steps_per_epoch for epoch in task.snapshots}
    must_wait = must_wait_for_step(devices * jax.process_count())

    with (
        open_workdir(directory, config, accept_changes=accept_changes) as run,
        Checkpoints(run.checkpoints, keep=snapshots) as checkpoints,
        stop_request() as request,
    ):
        # Nothing is changed before everything has been read and found to fit.
        history = run.history()
        has_last = bool(history) and history[-1]["step"] == task.steps
        if run.last_step() == task.steps and has_last and not run.is_changed():
            return Result(history, None)
        key = jax.random.key(seed)
        state = checkpoints.restore_latest(program.abstract(key))
        if state is None and run.last_step() is not None:
            raise WorkdirError(
                f"{run.path} holds a finished run without its checkpoints, of another "
                "configuration or with a damaged metrics.jsonl. Choose another "
                "directory, or empty this one to train again."
            )
        if state is None:
            state = _started(program.create(key), task, program)
        step = int(state.step)
        if step > task.steps:
            raise WorkdirError(
                f"{run.path} holds a run of {step} steps, and this configuration ends "
                f"after {task.steps}. Choose another directory, or train longer."
            )
        if step == task.steps and not has_last:
            raise WorkdirError(
                f"{run.path / 'metrics.jsonl'} has no record of the last step, {step}. "
                f"Restore the file, or remove {checkpoints.path(step)} to run the last "
                "steps again."
            )
        barrier("every process has read the directory")
        run.accept_config()
        history = run.truncate_history(step)
        if step < task.steps:
            run.record_start({**start, "step": step, **facts})
        group = program.made_of.group
        borders = [steps_per_epoch, record_every, machine.save_every or task.steps]
        sizes = _sizes(step, task.steps, group or 1, borders)
        batches = data.train_batches(
            data.upload(task.train, devices=devices),
            batch_size=task.batch_size,
            seed=seed,
            order=task.order,
            first_step=step,
            devices=devices,
            groups=None if group is None else sizes,
        )
        description = Run(
            name=name,
            workdir=run.path,
            config=config,
            step=step,
            num_steps=task.steps,
            num_epochs=_epoch(task.steps, steps_per_epoch),
            steps_per_epoch=steps_per_epoch,
            batch_size=task.batch_size,
            best=task.best,
            lower_is_better=task.lower_is_better,
        )
        if step == 0 and 0 in snapshots:
            checkpoints.save(0, to_global(state, devices))
        signum = None
        with (
            _watching(watchers, description) as active,
            _profiled(profile, program.step) as train_step,
        ):
            signals, monitor, metrics = SignalSync(), Monitor(), {}
            started = time.perf_counter()
            remaining = zip(sizes, batches, strict=False)
            for size, batch in _with_hint(remaining, name, checkpoints):
                state, step = train_step(state, batch), step + size
                if must_wait:
                    jax.block_until_ready(state)
                records = step % record_every == 0 or step == task.steps
                signum = signals.poll(request.signum, step, force=records)
                is_due = machine.save_every and step % machine.save_every == 0
                saves = records or is_due or step in snapshots or signum is not None
                snapshot = monitor.poll(step, state.totals, wait=saves)
                if snapshot is not None:
                    metrics = training_metrics(snapshot.totals, name, checkpoints)
                    epoch = _epoch(snapshot.step, steps_per_epoch)
                    for watcher in active:
                        watcher.update(snapshot.step, epoch, metrics)
                score = None
                if records:
                    measured = evaluate(task.evaluations, program.network(state))
                    _arguments.check_disjoint(
                        "the metrics of evaluations",
                        measured,
                        [name.replace("_", "/", 1) for name in metrics],
                    )
                    score = _score(task, measured)
                    record = {"epoch": _epoch(step, steps_per_epoch), "step": step}
                    record |= {**metrics, **measured}
                    record["seconds"] = round(time.perf_counter() - started, 3)
                    history.append(record)
                    run.append(record)
                    for watcher in active:
                        watcher.epoch(record)
                    state = program.after_record(state, np.float32(score or 0))
                    started = time.perf_counter()
                if step % steps_per_epoch == 0:
                    state = program.end_epoch(state)
                if saves:
                    checkpoints.save(step, to_global(state, devices), score=score)
                if signum is not None:
                    break
            checkpoints.wait()
            if history and history[-1]["step"] == task.steps:
                for watcher in active:
                    watcher.end(history[-1], checkpoints.path(task.steps))
        if signum is None:
            signum = signals.poll(request.signum, step, force=True)
        if signum is not None:
            stopped = Interrupted(signum, name, step)
            if is_first():
                print(stopped, file=sys.stderr)
            raise stopped
        run.finish(step)
    return Result(history, state)


def _checked_machine(machine: Machine) -> tuple[Machine, int]:
    """Returns the machine with integers, and its number of local devices."""
    devices = _arguments.device_count(machine.devices)
    save_every = _arguments.optional_count("save_every", machine.save_every, low=1)
    return dataclasses.replace(machine, devices=devices, save_every=save_every), devices


def _checked_task(task: Task, seed: int, num_devices: int) -> Task:
    """Returns the task with integers, after checks that need no computation."""
    _arguments.check_split("train", task.train, task.dataset)
    size = _arguments.batch_size(task.batch_size, len(task.train.labels), num_devices)
    every = _arguments.optional_count("record_every", task.record_every, low=1)
    if task.order is not None:
        _arguments.order(task.order, task.train, size, seed)
    _arguments.evaluations(task.evaluations, task.best)
    return dataclasses.replace(
        task,
        batch_size=size,
        steps=_arguments.count("steps", task.steps, low=1),
        record_every=every,
        snapshots=[_arguments.count("snapshots", x, low=0) for x in task.snapshots],
        ema_decay=_arguments.ema_decay(task.ema_decay),
    )


def _config(task: Task, seed: int, program: Programs) -> dict[str, Any]:
    """Returns the content of config.json."""
    numbers = {
        "layout": LAYOUT,
        "batch_size": task.batch_size,
        "steps": task.steps,
        "record_every": task.record_every,
        "best": task.best,
        "lower_is_better": task.lower_is_better,
        "seed": seed,
        "ema_decay": task.ema_decay,
        "order": None if task.order is None else repr(task.order),
        "train": _arguments.describe_split(task.train),
    }
    names = {*numbers, "program"}
    _arguments.check_disjoint("the fields of config", task.config, names)
    config = _arguments.as_json("config", {**task.config, **numbers})
    made_by = ", ".join(f"{k} {v}" for k, v in versions("jax", "flax", "optax").items())
    return {**config, "program": {made_by: program.fingerprint()}}


def _started(state: TrainState, task: Task, program: Programs) -> TrainState:
    """Returns the first state with the variables that the task starts from."""
    if task.start is None:
        return state
    first = {"params": state.params, "batch_stats": state.batch_stats}
    first = jax.tree.map(lambda x: np.array(x.addressable_data(0)), first)
    variables = task.start(first)
    _arguments.check_variables(task.name, variables, first)
    return program.start_from(state, variables)


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


def _epoch(step: int, steps_per_epoch: int) -> int:
    """Returns the epoch that a step is in, both from 1."""
    return -(-step // steps_per_epoch)


def _sizes(step: int, end: int, group: int, borders: Sequence[int]) -> list[int]:
    """Returns the numbers of steps of each program, from a step to the end.

    They depend on the step alone and not on where a run was continued. No program goes
    past the end or a multiple of a border.
    """
    sizes = []
    while step < end:
        border = min(end, *(step - step % every + every for every in borders))
        sizes.append(group if step + group <= border else 1)
        step += sizes[-1]
    return sizes


def _with_hint(
    batches: Iterator[tuple[int, data.Batch]], name: str, checkpoints: Checkpoints
) -> Iterator[tuple[int, data.Batch]]:
    """Yields the batches; adds a note to their errors, on where a run continues."""
    try:
        yield from batches
    except Exception as error:
        checkpoints.wait()
        error.add_note(f"{name}: no next batch. {checkpoints.resume_hint()}")
        raise


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
def _profiled(
    profile: Profile | None, step: Callable[[TrainState, data.Batch], TrainState]
) -> Iterator[Callable[[TrainState, data.Batch], TrainState]]:
    """Yields the step, traced by the profile if there is one."""
    if profile is None or not is_first():
        yield step
        return
    try:
        yield profile.traced(step)
    finally:
        profile.close()
