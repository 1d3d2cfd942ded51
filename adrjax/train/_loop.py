"""Training from the first step to the last, over any number of interruptions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import functools
import itertools
import operator
import os
import sys
import time
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

from adrjax import _checks, data
from adrjax._base import Outputs
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import Interrupted
from adrjax.train._figures import Lookout, evaluation_figures, training_figures
from adrjax.train._objective import Parts, objective
from adrjax.train._parallel import (
    Parallel,
    across_processes,
    everywhere,
    parallel_eval,
    parallel_train,
    replicated,
)
from adrjax.train._predict import Predictions, predict
from adrjax.train._processes import highest, is_first, meet
from adrjax.train._profile import Profile
from adrjax.train._provenance import provenance
from adrjax.train._signals import stop_request
from adrjax.train._state import TrainState, create_state
from adrjax.train._step import end_epoch, eval_step, train_step
from adrjax.train._watchers import Run, Watcher
from adrjax.train._workdir import Workdir

_AGREE_EVERY = 10  # steps, after which several processes tell each other of signals


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
    loss: Loss | StatefulLoss,
    of: Callable[[Outputs], Any] = operator.attrgetter("logits"),
    optimizer: optax.GradientTransformation,
    dataset: data.Dataset,
    train: data.Split,
    test: data.Split,
    batch_size: int,
    epochs: int,
    seed: int,
    workdir: str | os.PathLike,
    name: str,
    config: Mapping[str, Any],
    evaluate: Callable[[np.ndarray, np.ndarray], Mapping[str, float]],
    ema_decay: float | None = None,
    save_every: int | None = None,
    max_steps: int | None = None,
    progress: Progress | None = None,
    devices: int | None = None,
) -> Result:
    """Trains a network, or goes on where the run of this directory was stopped.

    A run that was stopped in whatever way, at whatever moment, and run again ends with
    the same parameters and the same metrics.jsonl, its seconds apart, as one that was
    not, on as many devices. A finished run returns from its files.

    Args:
        model: Maps `(images, train=...)` to `Outputs`.
        loss: Maps what `of` picks, and the labels, to the loss of each example; its
            state, if any, is to be summed over the device axis `"batch"`.
        of: Picks what the loss sees of the outputs.
        optimizer: What updates the parameters.
        dataset: Gives the augmentation and the normalization of images.
        train: The images and labels to train on.
        test: Those to evaluate on, after every epoch.
        batch_size: Images a step, over all devices; they must divide it.
        epochs: How many times to go through the training images.
        seed: Decides parameters, order, augmentation and dropout.
        workdir: The directory of this run, and of no other.
        name: What to call the run in messages.
        config: What else tells this run from others, of what JSON can hold. It goes to
            config.json with the numbers above, and a run of other values is refused.
        evaluate: Maps the logits `[n, num_classes]` and labels `[n]` of the test images
            to metrics; the checkpoint with the highest first one is kept.
        ema_decay: How much a moving average of the parameters keeps of itself a step;
            it is what is evaluated. None: there is none.
        save_every: Steps between checkpoints within an epoch, at the end of which there
            always is one. None: only there.
        max_steps: Where to stop, in steps. None: after the last epoch.
        progress: What shows the run. None: nothing is shown.
        devices: How many local devices to use, all for None.

    Returns:
        The metrics of each epoch, the test logits and the last state.

    Raises:
        WorkdirError: If the directory holds a run of another configuration, or files
            but no run.
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
    must_wait = num_devices > 1 and jax.default_backend() == "cpu"
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
    upload = functools.partial(data.upload, devices=devices)

    with contextlib.ExitStack() as stack:
        stack.enter_context(run.locked())
        checkpoints = stack.enter_context(Checkpoints(run.checkpoints))
        request = stack.enter_context(stop_request())
        key = jax.random.key(seed)
        state = checkpoints.restore_latest(program.abstract(key))
        logits, history = run.logits(), run.history()
        if state is None:
            if logits is not None:
                return Result(history, logits, np.asarray(test.labels), None)
            state = program.create(key)
        step = int(state.step)
        meet("every process has read what there is")
        history = run.forget_after(step)
        train, test = upload(train), upload(test)
        if step < num_steps and is_first():
            run.record_start({**provenance(), "parallel": parallel, "step": step, **facts})
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
        show = stack.enter_context(_shown(watchers, about))
        one_step = stack.enter_context(_traced(program.step, profile))
        batches = data.train_batches(
            train, batch_size=batch_size, seed=seed, first_step=step, devices=devices
        )
        started, lookout = time.perf_counter(), Lookout()
        for batch in itertools.islice(batches, num_steps - step):
            state, step = one_step(state, batch), step + 1
            if must_wait:
                jax.block_until_ready(state)
            epoch = -(-step // steps_per_epoch)
            ends = step % steps_per_epoch == 0 or step == num_steps
            signum = _agreed(request.signum, ends or step % _AGREE_EVERY == 0)
            saves = ends or signum or (save_every and step % save_every == 0)
            seen = lookout.look(step, state.totals, now=bool(saves))
            if seen is not None:
                figures = training_figures(seen.totals, name, checkpoints)
                show("update", seen.step, -(-seen.step // steps_per_epoch), figures)
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
                record = {"epoch": epoch, "step": step}
                record |= {**figures, **metrics, "seconds": seconds}
                history.append(record)
                run.append(record)
                show("epoch", record)
                state = program.end_epoch(state, np.float32(metric or 0))
                started = time.perf_counter()
            if saves:
                whole = across_processes(state, devices)
                checkpoints.save(step, whole, accuracy=metric)
            if signum:
                checkpoints.wait()
                raise Interrupted(signum, name, step)
        checkpoints.wait()
        if logits is None:
            logits = program.predict(state, test).logits
        run.write_logits(logits, np.asarray(test.labels))
        ...
    return Result(history, logits, np.asarray(test.labels), state)
