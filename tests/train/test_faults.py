"""A run with faults of every kind at random moments equals one without.

python -m pytest -m long -s tests/train/test_faults.py
"""

import collections
import dataclasses
import errno
import itertools
import random
import shutil
import signal
import time

import jax
import jax.numpy as jnp
import pytest

from adrjax import data, train
from adrjax.train import _programs
from tests.train._run import DATASET, assert_same, fit, start

pytestmark = [
    pytest.mark.long,
    # left behind by orbax if a restore fails
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KILLS = 24


def contents(path):
    return path.read_text() if path.exists() else ""


def signalled(workdir, signum, rng):
    """Starts a process, signals it while it trains, and returns if it stopped."""
    file = workdir / "provenance.json"
    before, process = contents(file), start(workdir)
    while process.poll() is None and contents(file) == before:
        time.sleep(0.005)
    time.sleep(rng.uniform(0, 1.5))
    process.send_signal(signum)
    code = process.wait(120)
    assert code in (0, -signum, 128 + signum), process.stderr.read()
    return code != 0


def raised_in_process(error, message, workdir, **changes):
    try:
        fit(workdir, **changes)
    except error as caught:
        assert message in str(caught)
        return True
    return False  # the run ended before


def loader_fails(workdir, rng, patch):
    batches = data.train_batches

    def failing(*args, **options):
        yield from itertools.islice(batches(*args, **options), rng.randrange(6))
        raise OSError(errno.EIO, "Input/output error")

    patch.setattr(data, "train_batches", failing)
    return raised_in_process(OSError, "Input/output error", workdir)


def disk_is_full(workdir, rng, patch):
    left = iter([10**12] * rng.randrange(3))
    usage = shutil.disk_usage(workdir)
    patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=next(left, 0)))
    return raised_in_process(train.CheckpointError, "Make room", workdir)


def loss_is_nan(workdir, rng, patch):
    def augment(key, image):
        image = DATASET.augment(key, image).astype(jnp.float32) / 255
        is_bad = jax.random.uniform(jax.random.fold_in(key, 1)) < 0.01
        return jnp.where(is_bad, jnp.nan, image)

    # The images are at fault here, which are not part of the program.
    (program,) = train.read_config(workdir)["program"].values()
    patch.setattr(_programs, "_fingerprint", lambda *_: program)
    dataset = dataclasses.replace(DATASET, augment=augment)
    return raised_in_process(
        train.NonFiniteLossError, "infinite or NaN", workdir, dataset=dataset
    )


def checkpoint_is_damaged(workdir, rng, patch):
    saved = (workdir / "checkpoints").glob("[0-9]*")
    steps = sorted(int(x.name) for x in saved if x.name.isdecimal())
    if len(steps) < 2:
        return False
    latest = workdir / "checkpoints" / str(steps[-1])
    files = [x for x in sorted(latest.rglob("*")) if x.is_file()]
    rng.choice(files).write_bytes(b"")
    return True


IN_PROCESS = [loader_fails, disk_is_full, loss_is_nan, checkpoint_is_damaged]
SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


def test_a_run_with_many_faults_equals_an_uninterrupted_one(tmp_path, uninterrupted):
    rng, met, runs = random.Random(0), collections.Counter(), 0
    while met[signal.SIGKILL] < KILLS:
        workdir = tmp_path / f"run{runs}"
        for signum in itertools.chain([signal.SIGKILL], rng.choices(SIGNALS, k=6)):
            met[signum] += signalled(workdir, signum, rng)
            fault = rng.choice(IN_PROCESS)
            if not (workdir / "finished.json").exists():
                with pytest.MonkeyPatch.context() as patch:
                    met[fault.__name__] += fault(workdir, rng, patch)
        assert_same(workdir, uninterrupted)
        runs += 1
    print(f"\n{runs} runs, all equal to the uninterrupted one, after", dict(met))
