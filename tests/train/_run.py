"""A run of seconds, here or in separate processes: `python -m tests.train._run`."""

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

from adrjax import Outputs, data, losses, train

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


def top1(predictions):
    return {"top1": np.mean(predictions.logits.argmax(-1) == predictions.labels)}


class Tiny(nn.Module):
    """One layer, which compiles quickly."""

    @nn.compact
    def __call__(self, x, *, train):
        x = x.reshape(len(x), -1)
        return Outputs(x, nn.Dense(10, name="head")(x))


def fit(workdir, **changes):
    arguments = {
        "model": Tiny(),
        "loss": losses.cross_entropy,
        "optimizer": optax.sgd(0.05, momentum=0.9),
        "dataset": DATASET,
        "train": digits()[0],
        "test": digits()[1],
        "batch_size": 24,
        "epochs": EPOCHS,
        "seed": 0,
        "workdir": workdir,
        "name": "CE",
        "config": {"optimizer": {"rate": 0.05}},
        "evaluate": top1,
        "save_every": 3,
    }
    return train.fit(**(arguments | changes))


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


def assert_same(workdir, result, uninterrupted):
    """The run of a directory equals an uninterrupted one to the last bit."""
    assert metrics(workdir) == metrics(uninterrupted[0])
    assert len(result.history) == EPOCHS
    np.testing.assert_array_equal(result.logits, uninterrupted[1].logits)
    for field in ("params", "opt_states"):
        jax.tree.map(
            np.testing.assert_array_equal,
            getattr(result.state, field),
            getattr(uninterrupted[1].state, field),
        )


if __name__ == "__main__":
    workdir, process, processes, port, parallel, images = sys.argv[1:]
    if int(processes) > 1:
        jax.distributed.initialize(
            f"localhost:{port}",
            num_processes=int(processes),
            process_id=int(process),
            heartbeat_timeout_seconds=10,
        )
    train_split, test_split = streamed() if images == "streamed" else digits()
    fit(
        workdir,
        parallel=parallel,
        train=train_split,
        test=test_split,
        watchers=[Slow(disable=True)],
    )
