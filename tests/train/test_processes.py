"""Several processes train the same network as one."""

import signal
import socket

import numpy as np
import pytest

from tests.train._run import fit, last_state, metrics, start, wait_for

pytestmark = pytest.mark.long


def start_two(workdir, **options):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    return [
        start(workdir, process=i, processes=2, devices=2, port=port, **options)
        for i in range(2)
    ]


def stop(processes, which):
    """Sends SIGTERM to one of the processes, and waits for all of them."""
    processes[which].send_signal(signal.SIGTERM)
    for process in processes:
        assert process.wait(120) == 128 + signal.SIGTERM, process.stderr.read()


def finish(processes):
    for process in processes:
        assert process.wait(120) == 0, process.stderr.read()


def latest(workdir):
    names = [x.name for x in (workdir / "checkpoints").iterdir()]
    return max(int(name) for name in names if name.isdecimal())


def assert_near(workdir, uninterrupted):
    for ours, theirs in zip(metrics(workdir), metrics(uninterrupted), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5)
    ours, theirs = last_state(workdir), last_state(uninterrupted)
    assert [*ours] == [*theirs]
    for name, leaf in ours.items():
        np.testing.assert_allclose(
            leaf, theirs[name], rtol=1e-4, atol=1e-6, err_msg=name
        )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Returns the directory of a run of one process with the devices of two."""
    workdir = tmp_path_factory.mktemp("whole")
    fit(workdir, devices=4)
    return workdir


def test_two_processes_equal_one_if_stopped_and_continued(tmp_path, whole):
    both = start_two(tmp_path / "run")
    wait_for(both[0], lambda: list((tmp_path / "run" / "checkpoints").glob("3")))
    stop(both, 1)
    assert f"stopped by SIGTERM after step {latest(tmp_path / 'run')}, which is" in (
        both[0].stderr.read()
    )
    finish(start_two(tmp_path / "run", parallel="shard_map", images="streamed"))
    assert_near(tmp_path / "run", whole)


@pytest.mark.parametrize("parallel", ["pmap", "shard_map"])
@pytest.mark.parametrize("victim", [0, 1])
def test_if_one_process_is_killed_the_others_end_and_all_continue(
    tmp_path, whole, parallel, victim
):
    both = start_two(tmp_path / "run", parallel=parallel)
    wait_for(both[0], lambda: list((tmp_path / "run" / "checkpoints").glob("9")))
    both[victim].kill()
    assert both[1 - victim].wait(120) not in (0, None)
    assert latest(tmp_path / "run") < 24
    finish(start_two(tmp_path / "run", parallel=parallel))
    assert_near(tmp_path / "run", whole)


def test_one_process_continues_a_run_of_two(tmp_path, whole):
    both = start_two(tmp_path / "run")
    wait_for(both[0], lambda: list((tmp_path / "run" / "checkpoints").glob("9")))
    stop(both, 0)
    fit(tmp_path / "run", devices=8)
    assert_near(tmp_path / "run", whole)
