"""The processes of `--jobs`."""

import os
import signal
import threading
import time

import pytest
from rich.console import Console

from adrjax import train
from experiments.harness import jobs

JOB = """
import os, pathlib, signal, sys, time
folder, mode, flag, share = sys.argv[1:]
print(f"{mode} {flag} {share} [brackets] {os.environ.get('CUDA_VISIBLE_DEVICES')}")
sys.stdout.flush()
if mode == "fails" and share == "2/2":
    sys.exit(3)
if mode == "waits":
    def save(*_):
        pathlib.Path(folder, share.replace("/", "of")).touch()
        sys.exit(143)
    signal.signal(signal.SIGTERM, save)
    pathlib.Path(folder, "started" + share[0]).touch()
    time.sleep(60)
"""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Runs jobs that write their lines to the console, whose text is returned."""
    (tmp_path / "a_job.py").write_text(JOB)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(jobs, "_devices", lambda: ("gpu", 2))
    console = Console(record=True, width=100, file=(tmp_path / "null").open("w"))

    def start(mode):
        jobs.run("a_job", [str(tmp_path), mode], 2, console)
        return console.export_text()

    return start


def test_each_process_gets_its_share_and_its_lines_are_shown(start):
    lines = sorted(start("works").splitlines())
    assert lines == [
        "job 1: works --worker 1/2 [brackets] 0",
        "job 2: works --worker 2/2 [brackets] 1",
    ]


def test_a_process_that_fails_is_named(start):
    with pytest.raises(train.Error, match=r"^job 2 ended with 3: its message is above"):
        start("fails")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_processes_which_save_their_state(start, tmp_path, signum):
    def stop():
        while len([*tmp_path.glob("started*")]) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signum)

    before = signal.getsignal(signum)
    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(SystemExit) as error:
        start("waits")
    thread.join()
    assert error.value.code == 128 + signum
    assert {path.name for path in tmp_path.glob("*of*")} == {"1of2", "2of2"}
    assert signal.getsignal(signum) is before


def test_processes_share_the_devices():
    assert jobs.share("cpu", 8, 0, 2) == {}
    assert jobs.share("tpu", 4, 1, 2) == {"TPU_VISIBLE_DEVICES": "1,3"}
    assert jobs.share("gpu", 4, 0, 2) == {
        "CUDA_VISIBLE_DEVICES": "0,2",
        "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.90",
    }
    shared = [jobs.share("gpu", 2, i, 3) for i in range(3)]
    assert [x["CUDA_VISIBLE_DEVICES"] for x in shared] == ["0", "1", "0"]
    assert {x["XLA_PYTHON_CLIENT_MEM_FRACTION"] for x in shared} == {"0.45"}
