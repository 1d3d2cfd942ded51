"""train.TensorBoard, with a fake writer."""

import functools
import sys
import types

import pytest

from adrjax import train
from tests.train._fake_run import CONFIG, KEPT, in_half_seconds, play


class Writer:
    """Records the calls of tensorboardX."""

    def __init__(self, written, logdir, purge_step):
        self._written = written
        written.append(("open", logdir, purge_step))

    def __getattr__(self, name):
        return lambda *args, **_: self._written.append((name, *args))


@pytest.fixture
def written(monkeypatch):
    in_half_seconds(monkeypatch)
    written = []
    module = types.SimpleNamespace(SummaryWriter=functools.partial(Writer, written))
    monkeypatch.setitem(sys.modules, "tensorboardX", module)
    return written


def scalars(written, tag):
    points = [(x[3], x[2]) for x in written if x[:2] == ("add_scalar", tag)]
    assert len(points) == len(dict(points))
    return dict(points)


def test_tensorboard_writes_training_once_a_second_and_tests_every_epoch(
    tmp_path, written
):
    play(train.TensorBoard(), tmp_path)
    assert written[0] == ("open", str(tmp_path / "tensorboard"), 1)
    assert scalars(written, "train/loss") == {step: 1 / step for step in KEPT}
    assert scalars(written, "train/adr") == dict.fromkeys(KEPT, 0.1)
    assert scalars(written, "test/top1") == {8: 8 / 24, 16: 16 / 24, 24: 1}
    assert scalars(written, "epoch/seconds") == {8: 1.5, 16: 1.5, 24: 1.5}
    assert written[-1][0] == "close"


def test_tensorboard_writes_the_configuration_as_text_and_as_hparams(tmp_path, written):
    play(train.TensorBoard(tmp_path / "board"), tmp_path)
    assert written[0][1] == str(tmp_path / "board")
    (text,) = [x[2] for x in written if x[0] == "add_text"]
    assert '"rate": 0.1' in text
    (hparams,) = [x for x in written if x[0] == "add_hparams"]
    assert hparams[1].keys() == CONFIG.keys()
    assert hparams[1]["optimizer"] == '{"rate": 0.1}'
    assert hparams[2] == {"last/test/top1": 1}


def test_tensorboard_of_a_resumed_run_replaces_what_came_after(tmp_path, written):
    play(train.TensorBoard(), tmp_path, stopped_at=12)
    play(train.TensorBoard(), tmp_path, first=8)
    assert [x[2] for x in written if x[0] == "open"] == [1, 9]
    assert len([x for x in written if x[0] == "add_text"]) == 1
    assert len([x for x in written if x[0] == "close"]) == 2


def test_tensorboard_without_tensorboardx_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(
        train.MissingPackageError, match=r"TensorBoard needs .*: pip install tensor"
    ):
        train.TensorBoard()
