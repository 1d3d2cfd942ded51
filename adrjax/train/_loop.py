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

from adrjax import _checks, data
from adrjax._base import Outputs
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._compiled import compiled
from adrjax.train._errors import Interrupted
from adrjax.train._figures import Lookout, evaluation_figures, training_figures
from adrjax.train._objective import Parts, objective
from adrjax.train._parallel import Parallel, across_processes
from adrjax.train._predict import Predictions
from adrjax.train._processes import Agreement, is_first, meet
from adrjax.train._profile import Profile
from adrjax.train._provenance import provenance
from adrjax.train._signals import stop_request
from adrjax.train._state import TrainState
from adrjax.train._watchers import Run, Watcher
from adrjax.train._workdir import Workdir


class Result(NamedTuple):
    """What a run came to.

    Attributes:
        history: One dict an epoch, as in metrics.jsonl.
        logits: Those of the test images after the last step, `[n, num_classes]`.
        labels: The test labels, `[n]`.
        state: The state after the last step; None if the run was finished before and
            its checkpoints are gone.
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
    workdir: str | os.PathLike,
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
    """Trains a network, or goes on where the run of this directory was stopped.

    A run that was stopped in whatever way, at whatever moment, and run again ends with
    the same parameters and the same metrics.jsonl, its seconds apart, as one that was
    not, on as many devices. A finished run returns from its files.

    Several processes train one network where each calls this after
    `jax.distributed.initialize`, with the same arguments and a directory that all see.

    Args:
        model: Maps `(images, train=...)` to `Outputs`.
        loss: Maps what `of` picks, and the labels, to the loss of each example; or
            several such by name, whose sum is minimized and each of which is shown. The
            state of one, if any, is to be summed over the device axis `"batch"`.
        then: What a second update on each batch minimizes, with a state of the
            optimizer of its own, as `losses.complement_entropy` wants it.
        of: Picks what the losses see of the outputs.
        optimizer: What updates the parameters; it may take optax's extra arguments
            `value`, the loss, and `metric`, the first one of the last evaluation.
        ema_decay: How much a moving average of the parameters keeps of itself a step;
            it is what is evaluated. None: there is none.
        dataset: Gives the augmentation and the normalization of images.
        train: The images and labels to train on.
        test: Those to evaluate on, after every epoch.
        batch_size: Images a step, over all devices; they must divide it.
        epochs: How many times to go through the training images.
        seed: Decides parameters, order, augmentation and dropout.
        max_steps: Where to stop, in steps. None: after the last epoch.
        evaluate: Maps the predictions for the test images to metrics; the checkpoint
            with the highest first one is kept.
        evaluate_train: Maps those for the training images, not augmented, to metrics.
        workdir: The directory of this run, and of no other.
        name: What to call the run in messages.
        config: What else tells this run from others, of what JSON can hold. It goes to
            config.json with the numbers above, and a run of other values is refused.
        accept_changes: Whether to go on from the checkpoint of a run of other values.
        facts: What else to keep in provenance.json, of what JSON can hold.
        save_every: Steps between checkpoints within an epoch, at the end of which there
            always is one. None: only there.
        parallel: What runs the steps on the devices, to the same parameters.
        devices: How many devices of each process to use, all for None.
        watchers: What shows or keeps the figures as they come.
        profile: What traces some steps.

    Returns:
        The metrics of each epoch, the test logits and the last state.

    Raises:
        WorkdirError: If the directory holds a run of another configuration, or files
            but no run, or another process trains there.
        NonFiniteLossError: If the loss or the parameters become infinite or NaN.
        CheckpointError: If a checkpoint cannot be written, or none can be read.
        Interrupted: If SIGTERM or Ctrl-C came. The step was finished and saved.
        ValueError: If the batch size does not fit, or a metric is not finite.
    """
    local = jax.local_device_count()
    devices = _checks.count(
        "devices", devices or local, low=1, high=local, of=" of this process"
    )
    num_devices = devices * jax.process_count()
    _check_batch_size(batch_size, len(train.labels), num_devices)
    steps_per_epoch = len(train.labels) // batch_size
    num_steps = min(epochs * steps_per_epoch, max_steps or sys.maxsize)
    # jax 0.10 deadlocks on the CPU where steps of several devices overlap.
    must_wait = num_devices > 1 and jax.default_backend() == "cpu"
    labels = np.asarray(test.labels)
    numbers = {
        "batch_size": batch_size,
        "epochs": epochs,
        "seed": seed,
        "ema_decay": ema_decay,
        "max_steps": max_steps,
    }
    config = {**config, **numbers}
    run = _opened(workdir, config, accept_changes)
    program = compiled(
        model=model,
        objectives=[objective(x) for x in (loss, then) if x is not None],
        of=of,
        optimizer=optimizer,
        ema_decay=ema_decay,
        dataset=dataset,
        shape=train.images.shape[1:],
        batch_size=batch_size,
        devices=devices,
        parallel=parallel,
    )

    with (
        run.locked(),
        Checkpoints(run.checkpoints) as checkpoints,
        stop_request() as request,
    ):
        key = jax.random.key(seed)
        state = checkpoints.restore_latest(program.abstract(key))
        history, logits = run.history(), run.logits()
        if state is None:
            if logits is not None:
                return Result(history, logits, labels, None)
            state = program.create(key)
        step = int(state.step)
        meet("every process has read what there is")
        history = run.forget_after(step)
        if step < num_steps:
            run.record_start(
                {
                    **provenance(),
                    "parallel": parallel,
                    "seed": seed,
                    "step": step,
                    **facts,
                }
            )
        train, test = (data.upload(split, devices=devices) for split in (train, test))
        batches = data.train_batches(
            train, batch_size=batch_size, seed=seed, first_step=step, devices=devices
        )
        about = Run(
            name=name,
            workdir=run.path,
            config=config,
            step=step,
            num_steps=num_steps,
            num_epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            batch_size=batch_size,
        )
        with _told(watchers, about) as told, _traced(profile, program.step) as one_step:
            agreement, lookout = Agreement(), Lookout()
            signum, started = None, time.perf_counter()
            remaining = itertools.islice(batches, num_steps - step)
            for batch in _noted(remaining, name, checkpoints):
                state, step = one_step(state, batch), step + 1
                if must_wait:
                    jax.block_until_ready(state)
                ends = step % steps_per_epoch == 0 or step == num_steps
                signum = agreement.signum(request.signum, step, now=ends)
                saves = ends or signum or (save_every and step % save_every == 0)
                seen = lookout.look(step, state.totals, now=bool(saves))
                if seen is not None:
                    figures = training_figures(seen.totals, name, checkpoints)
                    epoch = -(-seen.step // steps_per_epoch)
                    for watcher in told:
                        watcher.update(seen.step, epoch, figures)
                metric = None
                if ends:
                    predictions = program.predict(state, test)
                    logits = predictions.logits
                    metrics = evaluation_figures(evaluate, predictions)
                    metric = next(iter(metrics.values()), None)
                    if evaluate_train is not None:
                        fitted = program.predict(state, train)
                        metrics |= evaluation_figures(evaluate_train, fitted)
                    seconds = round(time.perf_counter() - started, 3)
                    record = {"epoch": epoch, "step": step, **figures, **metrics}
                    history.append({**record, "seconds": seconds})
                    run.append(history[-1])
                    for watcher in told:
                        watcher.epoch(history[-1])
                    state = program.end_epoch(state, np.float32(metric or 0))
                    started = time.perf_counter()
                if saves:
                    whole = across_processes(state, devices)
                    checkpoints.save(step, whole, accuracy=metric)
                if signum:
                    break
            checkpoints.wait()
            if history and history[-1]["step"] == num_steps:
                for watcher in told:
                    watcher.end(history[-1], checkpoints.path(num_steps))
        signum = signum or agreement.signum(request.signum, step, now=True)
        if signum:
            stopped = Interrupted(signum, name, step)
            if is_first():
                print(stopped, file=sys.stderr)
            raise stopped
        if logits is None:
            logits = program.predict(state, test).logits
        run.write_logits(logits, labels)
    return Result(history, logits, labels, state)


def _check_batch_size(batch_size: int, num_images: int, num_devices: int) -> None:
    if batch_size > num_images:
        raise ValueError(
            f"a batch of {batch_size} wants as many training images, there are "
            f"{num_images}; lower batch_size"
        )
    if batch_size % num_devices:
        raise ValueError(
            f"batch_size {batch_size} must be a multiple of the {num_devices} devices; "
            "change it or choose fewer devices"
        )


def _opened(
    path: str | os.PathLike, config: Mapping[str, Any], accept_changes: bool
) -> Workdir:
    """Opens the directory of a run, on the first process before the others."""
    if is_first():
        try:
            return Workdir(path, config, accept_changes=accept_changes)
        finally:
            meet("the first process has opened the directory")
    meet("the first process has opened the directory")
    return Workdir(path, config, accept_changes=accept_changes)


def _noted(
    batches: Iterator[data.Batch], name: str, checkpoints: Checkpoints
) -> Iterator[data.Batch]:
    """Yields the batches; an error of theirs gets a note of what it has cost."""
    try:
        yield from batches
    except Exception as error:
        checkpoints.wait()
        error.add_note(f"{name}: no next batch. {checkpoints.what_stands()}")
        raise


@contextlib.contextmanager
def _told(watchers: Sequence[Watcher], run: Run) -> Iterator[Sequence[Watcher]]:
    """Yields the watchers of this process, which have heard of the run."""
    told = watchers if is_first() and run.step < run.num_steps else ()
    try:
        for watcher in told:
            watcher.start(run)
        yield told
    finally:
        for watcher in told:
            watcher.close()


@contextlib.contextmanager
def _traced(profile: Profile | None, step: Callable) -> Iterator[Callable]:
    """Yields the step, traced by the profile if there is one."""
    if profile is None or not is_first():
        yield step
        return
    try:
        yield profile.traced(step)
    finally:
        profile.close()
