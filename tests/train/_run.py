"""A run of seconds, here or in separate processes: `python -m tests.train._run`."""

import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import sys
import time

import flax.linen as nn
import jax
import numpy as np
import optax

import adrjax
from adrjax import Outputs, data, losses, train
from adrjax.train import _reader

STEPS_PER_EPOCH = 8
EPOCHS = 3
DATASET = data.digits(augment=functools.partial(data.augment.pad_crop_flip, padding=1))


def streamed():
    """Returns the images of `digits`, decoded when a batch needs them."""
    return DATASET.stream("train[:200]"), DATASET.stream("train[-101:]")


@functools.cache
def digits():
    """Returns 200 training images and 101 test images, a number nothing divides."""
    images, labels = DATASET.read("train", None)
    return (
        data.Split(images[:200], labels[:200]),
        data.Split(images[-101:], labels[-101:]),
    )


def hits(examples):
    return examples.outputs.logits.argmax(-1) == examples.labels


def top1(network):
    return {"top1": network.map(hits, digits()[1]).mean()}


def on_logits(parts):
    """Returns a loss, or parts of one, of the logits as one of the outputs."""
    if isinstance(parts, dict):
        return {name: on_logits(part) for name, part in parts.items()}
    return adrjax.select(parts, "logits")


class Tiny(nn.Module):
    """One layer, which compiles quickly."""

    @nn.compact
    def __call__(self, x, *, train):
        x = x.reshape(len(x), -1)
        return Outputs(x, nn.Dense(10, name="head")(x))


MACHINE = {field.name for field in dataclasses.fields(train.Machine)}
CALL = {"seed", "watchers", "profile", "accept_changes"}


def fit(workdir, *, loss=losses.cross_entropy, then=None, **changes):
    """Runs the run; `loss` and `then` are losses of the logits."""
    losses_of = [loss] if then is None else [loss, then]
    task = {
        "name": "CE",
        "model": Tiny(),
        "objectives": [on_logits(x) for x in losses_of],
        "optimizer": optax.sgd(0.05, momentum=0.9),
        "dataset": DATASET,
        "train": digits()[0],
        "batch_size": 24,
        "steps": EPOCHS * STEPS_PER_EPOCH,
        "evaluations": {"test": top1},
        "config": {"optimizer": {"rate": 0.05}},
    }
    call, machine = {"seed": 0}, {"save_every": 3}
    for name, value in changes.items():
        (machine if name in MACHINE else call if name in CALL else task)[name] = value
    return train.fit(
        train.Task(**task), workdir, machine=train.Machine(**machine), **call
    )


def metrics(workdir):
    """Returns metrics.jsonl without the seconds."""
    lines = (pathlib.Path(workdir) / "metrics.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    return [{k: v for k, v in x.items() if k != "seconds"} for x in records]


def contents(directory):
    """Returns the bytes of every file in a directory, by its path."""
    files = [x for x in sorted(directory.rglob("*")) if x.is_file()]
    return {str(x.relative_to(directory)): x.read_bytes() for x in files}


class Slow(train.Progress):
    """Makes a run last long enough to be stopped."""

    def update(self, *_):
        time.sleep(0.1)


def start(
    workdir,
    *,
    process=0,
    processes=1,
    devices=8,
    port=0,
    parallel="pmap",
    images="resident",
):
    """Starts the slow run, or one of its processes."""
    arguments = [workdir, process, processes, port, parallel, images]
    flags = f"--xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, "-m", "tests.train._run", *map(str, arguments)],
        cwd=pathlib.Path(__file__).parents[2],
        env=os.environ | {"XLA_FLAGS": f"{os.environ['XLA_FLAGS']} {flags}"},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process, happened):
    deadline = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.002)


def last_state(workdir):
    """Returns the arrays of the last checkpoint of a finished run, by path."""
    assert (pathlib.Path(workdir) / "finished.json").exists()
    last = pathlib.Path(workdir) / "checkpoints" / str(EPOCHS * STEPS_PER_EPOCH)
    return _reader.read(last)


def assert_same(workdir, uninterrupted):
    """The run of a directory, continued here, equals an uninterrupted one exactly."""
    assert len(fit(workdir).history) == EPOCHS
    assert metrics(workdir) == metrics(uninterrupted[0])
    ours, theirs = last_state(workdir), last_state(uninterrupted[0])
    assert [*ours] == [*theirs]
    for name, leaf in ours.items():
        np.testing.assert_array_equal(leaf, theirs[name], err_msg=name)


if __name__ == "__main__":
    workdir, process, processes, port, parallel, images = sys.argv[1:]
    if int(processes) > 1:
        jax.distributed.initialize(
            f"localhost:{port}",
            num_processes=int(processes),
            process_id=int(process),
            heartbeat_timeout_seconds=10,
        )
    fit(
        workdir,
        parallel=parallel,
        train=(streamed() if images == "streamed" else digits())[0],
        watchers=[Slow(disable=True)],
    )
