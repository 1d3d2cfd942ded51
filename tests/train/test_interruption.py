"""A run that is stopped and run again ends as one that was not."""

import os
import random
import signal
import threading
import time

import pytest

from adrjax import train
from adrjax.train._signals import stop_request
from tests.train._run import (
    EPOCHS,
    STEPS_PER_EPOCH,
    assert_same,
    fit,
    start,
    wait_for,
)


def test_killed_at_any_moment(tmp_path, undisturbed):
    workdir = tmp_path / "run"
    checkpoints = workdir / "checkpoints"
    before_the_first_checkpoint = (workdir / "config.json").exists
    moments = {
        "before the first checkpoint": before_the_first_checkpoint,
        "while one is written": lambda: list(checkpoints.glob("*tmp*")),
        "in the first epoch": lambda: list(checkpoints.glob("[36]")),
        "in a later one": (workdir / "metrics.jsonl").exists,
    }
    for moment, has_come in moments.items():
        process = start(workdir)
        wait_for(process, has_come)
        if has_come is not before_the_first_checkpoint:
            time.sleep(random.uniform(0, 0.1))
        process.kill()
        assert process.wait() == -signal.SIGKILL, moment
        if has_come is before_the_first_checkpoint:
            assert not list(checkpoints.glob("[0-9]*"))
    assert_same(workdir, fit(workdir), undisturbed)


def test_sigterm_saves_and_exits_with_its_code(tmp_path, undisturbed):
    workdir = tmp_path / "run"
    process = start(workdir)
    wait_for(process, lambda: list((workdir / "checkpoints").glob("3")))
    process.terminate()
    assert process.wait() == 128 + signal.SIGTERM
    latest = max(int(x.name) for x in (workdir / "checkpoints").glob("[0-9]*"))
    assert latest < EPOCHS * STEPS_PER_EPOCH
    message = process.stderr.read().splitlines()
    assert message[-1] == (
        f"CE: stopped by SIGTERM after step {latest}, which is saved; the same command "
        "goes on from there."
    )
    assert_same(workdir, fit(workdir), undisturbed)


class Stopper(train.Progress):
    """Sends itself a signal when a step is shown."""

    def __init__(self, step, signum):
        super().__init__(disable=True)
        self.step, self.signum = step, signum

    def update(self, step, *_):
        if step == self.step:
            os.kill(os.getpid(), self.signum)


@pytest.mark.parametrize("step", [6, STEPS_PER_EPOCH, EPOCHS * STEPS_PER_EPOCH])
def test_ctrl_c_finishes_the_step_and_saves(tmp_path, capsys, undisturbed, step):
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(
        train.Interrupted, match=r"stopped by SIGINT after step"
    ) as stop:
        fit(tmp_path, watchers=[Stopper(step, signal.SIGINT)])
    assert stop.value.code == 128 + signal.SIGINT
    assert isinstance(stop.value, SystemExit)
    assert capsys.readouterr().err == f"{stop.value}\n"
    assert handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    assert_same(tmp_path, fit(tmp_path), undisturbed)


@pytest.fixture
def python_handles_ctrl_c():
    """Whatever started pytest: a shell's background jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("python_handles_ctrl_c")
def test_a_second_ctrl_c_kills():
    with pytest.raises(train.Interrupted), stop_request() as request:
        os.kill(os.getpid(), signal.SIGINT)
        assert request.signum == signal.SIGINT
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
        raise train.Interrupted(signal.SIGINT, "CE", 1)
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


@pytest.mark.usefixtures("python_handles_ctrl_c")
def test_a_signal_that_comes_too_late_is_passed_on():
    with pytest.raises(KeyboardInterrupt), stop_request():
        os.kill(os.getpid(), signal.SIGINT)


def test_outside_the_main_thread_it_trains_without_handlers(tmp_path, undisturbed):
    results = []
    thread = threading.Thread(target=lambda: results.append(fit(tmp_path)))
    thread.start()
    thread.join()
    assert_same(tmp_path, results[0], undisturbed)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_checkpoint_that_cannot_be_read_costs_nothing_but_time(
    tmp_path, capsys, undisturbed
):
    with pytest.raises(train.Interrupted):
        fit(tmp_path, watchers=[Stopper(12, signal.SIGTERM)])
    for file in (tmp_path / "checkpoints" / "13").rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    assert_same(tmp_path, fit(tmp_path), undisturbed)
    assert "went back to the checkpoint of step 12" in capsys.readouterr().err
    assert list((tmp_path / "checkpoints").glob("13.unreadable-*"))
