"""Training from the first step to the last, over any number of interruptions."""

from collections.abc import Sequence
import dataclasses
import os
import sys
from typing import Any, NamedTuple

import jax
import numpy as np

from adrjax import data
from adrjax.train import _arguments, _programs
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import ArgumentError, Interrupted, WorkdirError
from adrjax.train._loop import Loop
from adrjax.train._processes import barrier, is_first
from adrjax.train._profile import Profile
from adrjax.train._programs import MadeOf, Programs
from adrjax.train._provenance import provenance, versions
from adrjax.train._schedule import Schedule
from adrjax.train._signals import stop_request
from adrjax.train._state import TrainState
from adrjax.train._task import Machine, Task
from adrjax.train._watchers import Watcher
from adrjax.train._workdir import LAYOUT, Workdir, open_workdir


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
    group = program.made_of.group
    schedule = Schedule.of(task, machine, group or 1)

    with (
        open_workdir(directory, config, accept_changes=accept_changes) as workdir,
        Checkpoints(workdir.checkpoints, keep=schedule.snapshots) as checkpoints,
        stop_request() as request,
    ):
        # Nothing is changed before everything has been read and found to fit.
        history = workdir.history()
        is_recorded = bool(history) and history[-1]["step"] == task.steps
        is_done = is_recorded and workdir.last_step() == task.steps
        if is_done and not workdir.is_changed():
            return Result(history, None)
        key = jax.random.key(seed)
        state = checkpoints.restore_latest(program.abstract(key))
        _check_continues(workdir, checkpoints, state, task, is_recorded=is_recorded)
        if state is None:
            state = _started(program.create(key), task, program)
        step = int(state.step)
        barrier("every process has read the directory")
        workdir.accept_config()
        history = workdir.truncate_history(step)
        if step < task.steps:
            workdir.record_start({**start, "step": step, **facts})
        batches = data.train_batches(
            data.upload(task.train, devices=devices),
            batch_size=task.batch_size,
            seed=seed,
            order=task.order,
            first_step=step,
            devices=devices,
            groups=None if group is None else schedule.sizes(step),
        )
        loop = Loop(
            task=task,
            program=program,
            schedule=schedule,
            devices=devices,
            workdir=workdir,
            checkpoints=checkpoints,
            history=history,
            watchers=watchers,
        )
        state, signum = loop.run(state, batches, request, profile)
        if signum is not None:
            stopped = Interrupted(signum, task.name, int(state.step))
            if is_first():
                print(stopped, file=sys.stderr)
            raise stopped
        workdir.finish(task.steps)
    return Result(history, state)


def _check_continues(
    workdir: Workdir,
    checkpoints: Checkpoints,
    state: TrainState | None,
    task: Task,
    *,
    is_recorded: bool,
) -> None:
    """Raises unless the run can be continued from what is in the directory.

    Args:
        workdir: The directory.
        checkpoints: Its checkpoints.
        state: The state of the last one.
        task: What is trained.
        is_recorded: Whether the last step is in metrics.jsonl.
    """
    if state is None:
        if workdir.last_step() is None:
            return
        raise WorkdirError(
            f"{workdir.path} holds a finished run without its checkpoints, of another "
            "configuration or with a damaged metrics.jsonl. Choose another directory, "
            "or empty this one to train again."
        )
    step = int(state.step)
    if step > task.steps:
        raise WorkdirError(
            f"{workdir.path} holds a run of {step} steps, and this configuration ends "
            f"after {task.steps}. Choose another directory, or train longer."
        )
    if step == task.steps and not is_recorded:
        raise WorkdirError(
            f"{workdir.path / 'metrics.jsonl'} has no record of the last step, {step}. "
            f"Restore the file, or remove {checkpoints.path(step)} to run the last "
            "steps again."
        )


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
