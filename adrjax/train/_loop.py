"""Training from the first step to the last, over any number of interruptions."""

from collections.abc import Callable, Mapping
import functools
import itertools
import operator
import os
import sys
import time
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import numpy as np
import optax

from adrjax import _checks, data
from adrjax._base import Loss, Outputs, StatefulLoss, add
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import Interrupted
from adrjax.train._figures import evaluation_figures, training_figures
from adrjax.train._parallel import (
    parallel_eval,
    parallel_train,
    replicate,
    replicated,
)
from adrjax.train._progress import Progress
from adrjax.train._signals import stop_request
from adrjax.train._state import TrainState, create_state
from adrjax.train._step import end_epoch, eval_step, train_step
from adrjax.train._workdir import Workdir

_LOOK_EVERY = 10  # steps; so many are in flight at most


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
    _check_batch_size(batch_size, len(train.labels), devices)
    steps_per_epoch = len(train.labels) // batch_size
    num_steps = min(epochs * steps_per_epoch, max_steps or sys.maxsize)
    must_wait = devices > 1 and jax.default_backend() == "cpu"
    progress = progress or Progress(disable=True)
    labels = np.asarray(test.labels)
    numbers = {
        "batch_size": batch_size,
        "epochs": epochs,
        "seed": seed,
        "ema_decay": ema_decay,
        "max_steps": max_steps,
    }
    run = Workdir(workdir, {**config, **numbers})

    loss = add(loss)
    shape = train.images.shape[1:]
    create = functools.partial(
        create_state, model, optimizer, loss, shape, ema=ema_decay is not None
    )
    one_step = parallel_train(
        functools.partial(
            train_step,
            model=model,
            loss=loss,
            of=of,
            optimizer=optimizer,
            dataset=dataset,
            ema_decay=ema_decay,
        ),
        devices=devices,
    )
    predict = functools.partial(
        _predict,
        parallel_eval(
            functools.partial(eval_step, model=model, dataset=dataset), devices=devices
        ),
        data.upload(test, devices=devices),
        batch_size,
        devices,
    )
    next_epoch = jax.jit(
        functools.partial(end_epoch, loss=loss),
        out_shardings=replicated(devices),
        donate_argnums=0,
    )

    with Checkpoints(run.checkpoints) as checkpoints, stop_request() as request:
        key = jax.random.key(seed)
        state = checkpoints.restore_latest(_abstract(create, key, devices))
        logits = run.logits()
        if state is None:
            if logits is not None:
                return Result(run.history(), logits, labels, None)
            state = replicate(create(key), devices=devices)
        step = int(state.step)
        history = run.forget_after(step)
        started = time.perf_counter()
        batches = data.train_batches(
            train,
            batch_size=batch_size,
            seed=seed,
            first_step=step,
            devices=devices,
        )
        with progress.run(
            name,
            step=step,
            num_steps=num_steps,
            num_epochs=epochs,
            batch_size=batch_size,
        ):
            for batch in itertools.islice(batches, num_steps - step):
                state, step = one_step(state, batch), step + 1
                if must_wait:
                    jax.block_until_ready(state)
                signum, accuracy = request.signum, None
                epoch = -(-step // steps_per_epoch)
                ends = step % steps_per_epoch == 0 or step == num_steps
                saves = ends or signum or (save_every and step % save_every == 0)
                if saves or step % _LOOK_EVERY == 0:
                    means = training_figures(state, name, checkpoints)
                    progress.update(step, epoch, means)
                if ends:
                    logits = predict(state)
                    metrics = evaluation_figures(evaluate, logits, labels)
                    accuracy = next(iter(metrics.values()), None)
                    seconds = round(time.perf_counter() - started, 3)
                    record = {"epoch": epoch, "step": step}
                    record |= {**means, **metrics, "seconds": seconds}
                    run.append(record)
                    history.append(record)
                    progress.epoch(record)
                    state = next_epoch(state)
                    started = time.perf_counter()
                if saves:
                    checkpoints.save(step, state, accuracy=accuracy)
                if signum:
                    break
        checkpoints.wait()
        if request.signum:
            stopped = Interrupted(request.signum, name, step)
            print(stopped, file=sys.stderr)
            raise stopped
        logits = predict(state) if logits is None else logits
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


def _abstract(
    create: Callable[[jax.Array], TrainState],
    key: jax.Array,
    devices: int,
) -> TrainState:
    """Returns what a state looks like on the devices."""
    return jax.tree.map(
        lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=replicated(devices)),
        jax.eval_shape(create, key),
    )


def _predict(
    logits_of: Callable[[TrainState, data.Batch], jax.Array],
    test: data.Split,
    batch_size: int,
    devices: int,
    state: TrainState,
) -> np.ndarray:
    """Returns the logits of all test images, `[n, num_classes]`."""
    parts = []
    batches = data.eval_batches(test, batch_size=batch_size, devices=devices)
    for batch, num_real in batches:
        logits = np.asarray(logits_of(state, batch))
        parts.append(logits.reshape(-1, logits.shape[-1])[:num_real])
    return np.concatenate(parts)
