"""Training from the first step to the last, over any number of interruptions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import itertools
import operator
import os
import sys
import time
import types
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import numpy as np
import optax

from adrjax import data
from adrjax._base import Outputs
from adrjax.train import _arguments
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import Interrupted, WorkdirError
from adrjax.train._monitor import Monitor, epoch_metrics, evaluation_metrics
from adrjax.train._objective import Parts, objective
from adrjax.train._parallel import Parallel, to_global
from adrjax.train._predict import Predictions
from adrjax.train._processes import SignalSync, barrier, is_first
from adrjax.train._profile import Profile
from adrjax.train._programs import programs
from adrjax.train._provenance import provenance
from adrjax.train._signals import stop_request
from adrjax.train._state import TrainState
from adrjax.train._watchers import Run, Watcher
from adrjax.train._workarounds import must_wait_for_step
from adrjax.train._workdir import open_workdir


class Result(NamedTuple):
    """The result of a run.

    Attributes:
        history: One dict an epoch, as in metrics.jsonl.
        logits: The logits of the test images after the last step, `[n, num_classes]`.
        labels: The test labels, `[n]`.
        state: The state after the last step; None if the run was finished before and
            its checkpoints were removed.
    """

    history: list[dict[str, Any]]
    logits: np.ndarray
    labels: np.ndarray
    state: TrainState | None


def fit(
    *,
    model: nn.Module,
    loss: Parts,
    then: Parts | None = None,
    of: Callable[[Outputs], Any] = operator.attrgetter("logits"),
    optimizer: optax.GradientTransformation,
    ema_decay: float | None = None,
    dataset: data.Dataset,
    train: data.Split,
    test: data.Split,
    batch_size: int,
    epochs: int,
    seed: int,
    max_steps: int | None = None,
    evaluate: Callable[[Predictions], Mapping[str, float]],
    evaluate_train: Callable[[Predictions], Mapping[str, float]] | None = None,
    workdir: str | os.PathLike[str],
    name: str,
    config: Mapping[str, Any],
    accept_changes: bool = False,
    facts: Mapping[str, Any] = types.MappingProxyType({}),
    save_every: int | None = None,
    parallel: Parallel = "pmap",
    devices: int | None = None,
    watchers: Sequence[Watcher] = (),
    profile: Profile | None = None,
) -> Result:
    """Trains a network, or continues the run of a directory.

    A run that is stopped at any moment, in any way, and started again ends with the
    same parameters and the same metrics.jsonl (except for the seconds) as a run that
    was not stopped, on the same number of devices. A finished run is read from its
    files.

    To train one network with several processes, each of them calls this function after
    `jax.distributed.initialize`, with the same arguments and a shared directory.

    Args:
        model: Maps `(images, train=...)` to `Outputs`.
        loss: Maps the output of `of`, and the labels, to the loss of each example. Or a
            mapping of several losses by name, whose sum is minimized and which are
            recorded one by one. A loss with a state must sum it over the device axis
            `"batch"`.
        then: The loss of a second update on each batch, with a separate optimizer
            state, as for `losses.complement_entropy`.
        of: Picks what the losses get from the outputs.
        optimizer: The optimizer. It may use optax's extra arguments `value`, the loss,
            and `metric`, the first metric of the last evaluation.
        ema_decay: The decay of a moving average of the parameters, in [0, 1), which is
            evaluated in their place. None: there is no average.
        dataset: The data set, which has augmentation and normalization.
        train: The training images and labels.
        test: The images and labels that are evaluated after every epoch.
        batch_size: Images a step, over all devices, a multiple of their number.
        epochs: The number of passes over the training images.
        seed: The seed of parameters, order, augmentation and dropout.
        max_steps: The step to stop after. None: the end of the last epoch.
        evaluate: Maps the predictions for the test images to metrics. The checkpoint
            with the highest first metric is kept.
        evaluate_train: Maps the predictions for the training images, without
            augmentation, to metrics.
        workdir: The directory of this run and no other.
        name: The name of the run in messages.
        config: What else distinguishes this run from others, in JSON's types. It is
            written to config.json with the numbers above, and a directory with other
            values is refused.
        accept_changes: Whether to continue a run that has another configuration.
        facts: What else to record in provenance.json, in JSON's types.
        save_every: Steps between checkpoints within an epoch. There is always one at
            the end of an epoch. None: only there.
        parallel: How to run the steps; the parameters are the same.
        devices: The number of devices of each process to use, all for None.
        watchers: Objects that show or store the metrics during the run.
        profile: The profile that traces some steps.

    Returns:
        The metrics of each epoch, the test logits and the last state.

    Raises:
        ArgumentError: If an argument is out of range or does not fit another one;
            nothing has been written then.
        WorkdirError: If the directory holds a run of another configuration, a longer
            run, files but no run, or a damaged file, or if it is in use.
        CheckpointError: If a checkpoint cannot be written, or none can be read.
        MismatchError: If the last checkpoint is of another model, optimizer or loss.
        NonFiniteLossError: If the loss or the parameters become infinite or NaN.
        Interrupted: If SIGTERM or Ctrl-C arrived. The step was finished and saved.
    """
    devices = _arguments.device_count(devices)
    num_devices = devices * jax.process_count()
    shape = train.images.shape[1:]
    _arguments.check_split("train", train, dataset, shape)
    _arguments.check_split("test", test, dataset, shape)
    batch_size = _arguments.batch_size(batch_size, len(train.labels), num_devices)
    epochs = _arguments.count("epochs", epochs, low=1)
    seed = _arguments.count("seed", seed, low=0, high=2**32 - 1)
    max_steps = _arguments.optional_count("max_steps", max_steps, low=1)
    save_every = _arguments.optional_count("save_every", save_every, low=1)
    ema_decay = _arguments.ema_decay(ema_decay)
    numbers = {
        "batch_size": batch_size,
        "epochs": epochs,
        "seed": seed,
        "ema_decay": ema_decay,
        "max_steps": max_steps,
        "train": _arguments.describe_split(train),
        "test": _arguments.describe_split(test),
    }
    _arguments.check_disjoint("the fields of config", config, numbers)
    config = _arguments.as_json("config", {**config, **numbers})
    start = {**provenance(), "parallel": parallel, "seed": seed}
    _arguments.check_disjoint("the fields of facts", facts, {*start, "step"})
    facts = _arguments.as_json("facts", facts)
    steps_per_epoch = len(train.labels) // batch_size
    num_steps = epochs * steps_per_epoch
    if max_steps is not None:
        num_steps = min(num_steps, max_steps)
    must_wait = must_wait_for_step(num_devices)
    labels = np.asarray(test.labels)
    program = programs(
        model=model,
        objectives=[objective(x) for x in (loss, then) if x is not None],
        of=of,
        optimizer=optimizer,
        ema_decay=ema_decay,
        dataset=dataset,
        shape=shape,
        batch_size=batch_size,
        devices=devices,
        parallel=parallel,
    )

    with (
        open_workdir(workdir, config, accept_changes=accept_changes) as run,
        Checkpoints(run.checkpoints) as checkpoints,
        stop_request() as request,
    ):
        # Nothing is changed before everything has been read and found to fit.
        key = jax.random.key(seed)
        state = checkpoints.restore_latest(program.abstract(key))
        history = run.history()
        logits = None if run.is_changed() else run.logits(labels)
        if state is None and logits is not None:
            return Result(history, logits, labels, None)
        if state is None and run.is_finished():
            raise WorkdirError(
                f"{run.path} holds a finished run without its checkpoints, whose "
                "test_logits.npz is damaged or of another configuration. Choose "
                "another --workdir, or empty this one to train again."
            )
        if state is None:
            state = program.create(key)
        step = int(state.step)
        if step > num_steps:
            raise WorkdirError(
                f"{run.path} holds a run of {step} steps, and this configuration ends "
                f"after {num_steps}. Choose another --workdir, or train longer."
            )
        barrier("every process has read the directory")
        run.accept_config()
        history = run.truncate_history(step)
        if step < num_steps:
            run.record_start({**start, "step": step, **facts})
        train, test = (data.upload(split, devices=devices) for split in (train, test))
        batches = data.train_batches(
            train, batch_size=batch_size, seed=seed, first_step=step, devices=devices
        )
        description = Run(
            name=name,
            workdir=run.path,
            config=config,
            step=step,
            num_steps=num_steps,
            num_epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            batch_size=batch_size,
        )
        predictions, signum = None, None
        with (
            _watching(watchers, description) as active,
            _profiled(profile, program.step) as train_step,
        ):
            signals, monitor, metrics = SignalSync(), Monitor(), {}
            started = time.perf_counter()
            remaining = itertools.islice(batches, num_steps - step)
            for batch in _with_hint(remaining, name, checkpoints):
                state, step = train_step(state, batch), step + 1
                if must_wait:
                    jax.block_until_ready(state)
                ends = step % steps_per_epoch == 0 or step == num_steps
                signum = signals.poll(request.signum, step, force=ends)
                is_due = save_every is not None and step % save_every == 0
                saves = ends or is_due or signum is not None
                snapshot = monitor.poll(step, state.totals, wait=saves)
                if snapshot is not None:
                    metrics = epoch_metrics(snapshot.totals, name, checkpoints)
                    epoch = _epoch(snapshot.step, steps_per_epoch)
                    for watcher in active:
                        watcher.update(snapshot.step, epoch, metrics)
                metric = None
                if ends:
                    epoch = _epoch(step, steps_per_epoch)
                    record = {"epoch": epoch, "step": step, **metrics}
                    predictions = program.predict(state, test)
                    tested = evaluation_metrics(
                        "evaluate", evaluate, predictions, record
                    )
                    metric = next(iter(tested.values()), None)
                    record |= tested
                    if evaluate_train is not None:
                        record |= evaluation_metrics(
                            "evaluate_train",
                            evaluate_train,
                            program.predict(state, train),
                            record,
                        )
                    record["seconds"] = round(time.perf_counter() - started, 3)
                    history.append(record)
                    run.append(record)
                    for watcher in active:
                        watcher.epoch(record)
                    first_metric = np.float32(0 if metric is None else metric)
                    state = program.end_epoch(state, first_metric)
                    started = time.perf_counter()
                if saves:
                    checkpoints.save(step, to_global(state, devices), accuracy=metric)
                if signum is not None:
                    break
            checkpoints.wait()
            if history and history[-1]["step"] == num_steps:
                for watcher in active:
                    watcher.end(history[-1], checkpoints.path(num_steps))
        if signum is None:
            signum = signals.poll(request.signum, step, force=True)
        if signum is not None:
            stopped = Interrupted(signum, name, step)
            if is_first():
                print(stopped, file=sys.stderr)
            raise stopped
        if predictions is not None or logits is None:
            if predictions is None:
                predictions = program.predict(state, test)
            logits = predictions.logits
            run.write_logits(logits, labels)
    return Result(history, logits, labels, state)


def _epoch(step: int, steps_per_epoch: int) -> int:
    """Returns the epoch that a step is in, both from 1."""
    return -(-step // steps_per_epoch)


def _with_hint(
    batches: Iterator[data.Batch], name: str, checkpoints: Checkpoints
) -> Iterator[data.Batch]:
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
