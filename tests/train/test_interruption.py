"""A run that is stopped and started again equals an uninterrupted one."""

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


def test_a_killed_run_continues_to_the_same_bits(tmp_path, uninterrupted):
    workdir = tmp_path / "run"
    process = start(workdir)
    wait_for(process, lambda: list((workdir / "checkpoints").glob("[36]")))
    time.sleep(random.Random(0).uniform(0, 0.1))
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert_same(workdir, uninterrupted)


@pytest.mark.long
def test_a_run_killed_at_any_moment_continues(tmp_path, uninterrupted):
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
    assert_same(workdir, uninterrupted)


@pytest.mark.long
def test_sigterm_saves_and_exits_with_its_code(tmp_path, uninterrupted):
    workdir = tmp_path / "run"
    process = start(workdir)
    wait_for(process, lambda: list((workdir / "checkpoints").glob("3")))
    process.terminate()
    assert process.wait() == 128 + signal.SIGTERM
    latest = max(int(x.name) for x in (workdir / "checkpoints").glob("[0-9]*"))
    assert latest < EPOCHS * STEPS_PER_EPOCH
    message = process.stderr.read().splitlines()
    assert message[-1] == (
        f"CE: stopped by SIGTERM after step {latest}, which is saved. Run the same "
        "command again to continue."
    )
    assert_same(workdir, uninterrupted)


class Stopper(train.Progress):
    """Sends a signal to this process when a step is shown."""

    def __init__(self, step, signum):
        super().__init__(disable=True)
        self.step, self.signum = step, signum

    def update(self, step, *_):
        if step == self.step:
            os.kill(os.getpid(), self.signum)


@pytest.mark.long
@pytest.mark.parametrize("step", [6, STEPS_PER_EPOCH, EPOCHS * STEPS_PER_EPOCH])
def test_ctrl_c_finishes_the_step_and_saves(tmp_path, capsys, uninterrupted, step):
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(
        train.Interrupted, match=r"stopped by SIGINT after step"
    ) as stop:
        fit(tmp_path, watchers=[Stopper(step, signal.SIGINT)])
    assert stop.value.code == 128 + signal.SIGINT
    assert isinstance(stop.value, SystemExit)
    assert capsys.readouterr().err == f"{stop.value}\n"
    assert handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    assert_same(tmp_path, uninterrupted)


@pytest.fixture
def python_handles_ctrl_c():
    """Restores the handler, which is off in the background jobs of a shell."""
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
def test_a_signal_after_the_last_step_is_raised():
    with pytest.raises(KeyboardInterrupt), stop_request():
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.long
def test_fit_in_another_thread_trains_without_handlers(tmp_path, uninterrupted):
    results = []
    thread = threading.Thread(target=lambda: results.append(fit(tmp_path)))
    thread.start()
    thread.join()
    assert results[0].state.step == EPOCHS * STEPS_PER_EPOCH
    assert_same(tmp_path, uninterrupted)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.long
def test_a_run_continues_from_the_checkpoint_before_a_damaged_one(
    tmp_path, capsys, uninterrupted
):
    with pytest.raises(train.Interrupted):
        fit(tmp_path, watchers=[Stopper(12, signal.SIGTERM)])
    for file in (tmp_path / "checkpoints" / "13").rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    assert_same(tmp_path, uninterrupted)
    assert "went back to the checkpoint of step 12" in capsys.readouterr().err
    assert list((tmp_path / "checkpoints").glob("13.unreadable-*"))
