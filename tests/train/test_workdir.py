"""The files of a run: what fit writes, refuses, and does with damaged ones."""

import json
import shutil

import jax
import numpy as np
import optax
import pytest

from adrjax import data, train
from tests.train._run import contents, digits, fit, metrics


def unfinish(workdir):
    """Removes the last steps of a finished run."""
    (workdir / "finished.json").unlink()
    shutil.rmtree(workdir / "checkpoints" / "24")


def test_another_configuration_is_refused_field_by_field(workdir, no_training):
    before = contents(workdir)
    with pytest.raises(train.WorkdirError) as error:
        fit(workdir, seed=1, config={"optimizer": {"rate": 0.1}, "depth": (1, 2)})
    assert str(error.value).splitlines() == [
        f"{workdir} holds a run of another configuration:",
        "  optimizer.rate: 0.05 there, 0.1 here",
        "  seed: 0 there, 1 here",
        "  depth: None there, [1, 2] here",
        "Choose another directory, or use the configuration of that run, or continue "
        "from its last checkpoint with this one: accept_changes=True, or "
        "--accept-changes.",
    ]
    assert contents(workdir) == before


def test_another_split_is_refused(workdir, no_training):
    before, split = contents(workdir), digits()[0]
    labels = np.array(split.labels)
    labels[0] = (labels[0] + 1) % 10
    n = len(labels)
    fewer = data.Split(split.images[:-1], split.labels[:-1])
    for other, size in ((fewer, n - 1), (split._replace(labels=labels), n)):
        message = rf"train: '{n} images, .* there, '{size} images, .* here"
        with pytest.raises(train.WorkdirError, match=message):
            fit(workdir, train=other)
    assert contents(workdir) == before


def test_a_directory_of_other_files_is_refused(tmp_path, no_training):
    (tmp_path / "thesis.tex").write_text("irreplaceable")
    with pytest.raises(
        train.WorkdirError, match=r"no config\.json.* holds thesis\.tex"
    ):
        fit(tmp_path)
    assert [x.name for x in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_directory_that_cannot_be_made_is_refused(tmp_path, no_training):
    (tmp_path / "file").write_text("")
    with pytest.raises(train.WorkdirError, match=r"file.run cannot be made: Not a dir"):
        fit(tmp_path / "file" / "run")


def test_a_changed_configuration_continues_if_accepted(workdir):
    result = fit(workdir, steps=32, accept_changes=True)
    assert [x["epoch"] for x in result.history] == [1, 2, 3, 4]
    assert json.loads((workdir / "config.json").read_text())["steps"] == 32
    again = fit(workdir, steps=32)
    assert again.history == result.history and again.state is None


def test_a_changed_configuration_without_checkpoints_is_refused(workdir, no_training):
    shutil.rmtree(workdir / "checkpoints")
    before = contents(workdir)
    for changes in ({"steps": 32}, {"config": {}}):
        with pytest.raises(train.WorkdirError, match="finished run without its checkp"):
            fit(workdir, **changes, accept_changes=True)
        assert contents(workdir) == before
    (workdir / "metrics.jsonl").write_text("")
    with pytest.raises(train.WorkdirError, match=r"a damaged metrics\.jsonl"):
        fit(workdir)


def test_an_accepted_configuration_of_as_many_steps_is_finished(
    uninterrupted, workdir, no_training
):
    result = fit(workdir, config={"optimizer": {"rate": 1}}, accept_changes=True)
    assert result.history == uninterrupted[1].history
    assert result.state.step == 24
    assert train.read_config(workdir)["optimizer"] == {"rate": 1}
    assert fit(workdir, config={"optimizer": {"rate": 1}}).state is None


def test_an_accepted_configuration_of_fewer_steps_is_refused(workdir, no_training):
    before = contents(workdir)
    with pytest.raises(
        train.WorkdirError, match=r"holds a run of 24 steps, .* ends after 16"
    ):
        fit(workdir, steps=16, accept_changes=True)
    assert contents(workdir) == before


def test_another_optimizer_is_refused_and_changes_nothing(workdir, no_training):
    before = contents(workdir)
    with pytest.raises(train.MismatchError) as error:
        fit(workdir, steps=32, optimizer=optax.adam(1e-3), accept_changes=True)
    assert "24 is intact, but not of this model, optimizer and loss" in str(error.value)
    assert "opt_states/0/0/mu/head/bias: none there, float32[10] here" in str(
        error.value
    )
    assert "elete" not in str(error.value)
    assert contents(workdir) == before
    assert len(fit(workdir).history) == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"step": 8}', b"\xff"])
def test_a_damaged_mark_of_the_end_is_written_again(
    uninterrupted, workdir, no_training, content
):
    before = contents(workdir)
    (workdir / "finished.json").write_bytes(content)
    result = fit(workdir)
    assert result.history == uninterrupted[1].history
    jax.tree.map(
        np.testing.assert_array_equal,
        result.state.params,
        uninterrupted[1].state.params,
    )
    assert contents(workdir) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_damaged_config_is_named_or_replaced(workdir, no_training, content):
    (workdir / "config.json").write_bytes(content)
    before = contents(workdir)
    with pytest.raises(
        train.WorkdirError, match=r"config\.json is damaged.*--accept-changes"
    ):
        fit(workdir)
    assert contents(workdir) == before
    assert len(fit(workdir, accept_changes=True).history) == 3
    assert json.loads((workdir / "config.json").read_text())["steps"] == 24


@pytest.mark.parametrize("line", ["", "{", "5", "{}", '{"step": null}', "\0\0"])
def test_a_damaged_line_of_the_metrics_is_named(workdir, no_training, line):
    file = workdir / "metrics.jsonl"
    first, _, last = file.read_text().splitlines()
    file.write_text(f"{first}\n{line}\n{last}\n")
    before = contents(workdir)
    with pytest.raises(train.WorkdirError, match=r"metrics\.jsonl is dam.* line 2"):
        fit(workdir)
    assert contents(workdir) == before


def test_a_last_line_that_was_cut_off_is_run_again(uninterrupted, workdir):
    file = workdir / "metrics.jsonl"
    file.write_text(file.read_text()[:-20])
    with pytest.raises(
        train.WorkdirError, match=r"metrics\.jsonl has no record of the last step, 24"
    ):
        fit(workdir)
    shutil.rmtree(workdir / "checkpoints" / "24")
    fit(workdir)
    assert metrics(workdir) == metrics(uninterrupted[0])


@pytest.mark.parametrize("content", [b"", b"[", b"{}"])
def test_a_damaged_provenance_is_set_aside(workdir, capsys, content):
    file = workdir / "provenance.json"
    file.write_bytes(content)
    fit(workdir)
    assert file.read_bytes() == content  # of a finished run nothing is recorded
    unfinish(workdir)
    fit(workdir)
    (start,) = train.read_provenance(workdir)
    assert start["step"] < 24
    assert (workdir / "provenance.damaged.json").read_bytes() == content
    assert "provenance.json is damaged" in capsys.readouterr().err


def test_the_files_of_a_run_can_be_read(workdir):
    assert train.read_config(workdir)["optimizer"] == {"rate": 0.05}
    assert [x["step"] for x in train.read_history(workdir)] == [8, 16, 24]
    assert [x["step"] for x in train.read_provenance(workdir)] == [0]
    for path in workdir.glob("*.json*"):
        path.write_text("{")
    for read in (train.read_config, train.read_provenance):
        with pytest.raises(train.WorkdirError, match=r"json is damaged"):
            read(workdir)
    assert train.read_history(workdir) == []
    for path in workdir.glob("*.json*"):
        path.unlink()
    assert train.read_history(workdir) == train.read_provenance(workdir) == []
    with pytest.raises(FileNotFoundError):
        train.read_config(workdir)


def test_two_runs_do_not_train_in_one_directory(tmp_path):
    class Second(train.Progress):
        def start(self, run):
            before = contents(run.workdir)
            with pytest.raises(train.WorkdirError, match="another process is training"):
                fit(run.workdir)
            assert contents(run.workdir) == before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, watchers=[Second(disable=True)])
