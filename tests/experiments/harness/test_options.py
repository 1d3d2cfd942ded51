"""The options of every page."""

import io

import pytest
from rich.console import Console

from adrjax import train
from experiments.harness.options import Options, share_of


def test_options_have_defaults():
    options = Options()
    options.check()
    assert options.seeds is None and options.jobs == 1 and not options.smoke


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("seeds", 0),
        ("seeds", -1),
        ("save_every", 0),
        ("devices", 0),
        ("jobs", 0),
        ("num_workers", -1),
        ("num_processes", 0),
        ("process_id", -1),
    ],
)
def test_an_option_out_of_range_is_named(option, value):
    name = f"--{option.replace('_', '-')}"
    with pytest.raises(train.ArgumentError, match=rf"{name} must be at .*got {value}"):
        Options(**{option: value}).check()


@pytest.mark.parametrize("scale", [0, -1, 1.5, float("nan")])
def test_scale_shortens(scale):
    with pytest.raises(train.ArgumentError, match=r"--scale must lie in \(0, 1\], got"):
        Options(scale=scale).check()


@pytest.mark.parametrize("value", ["0/2", "3/2", "1", "1/", "a/b", "1/2/3", "-1/2"])
def test_a_share_is_an_index_of_a_number(value):
    for name in ("part", "worker"):
        with pytest.raises(
            train.ArgumentError, match=rf"--{name} must be I/N with I in"
        ):
            Options(**{name: value}).check()
    assert share_of("--part", "3/8") == (2, 8) and share_of("--part", None) == (0, 1)


def test_jobs_and_several_processes_exclude_each_other():
    for options in ({"distributed": True}, {"coordinator": "localhost:1"}):
        with pytest.raises(
            train.ArgumentError, match="--jobs trains each network in one"
        ):
            Options(jobs=2, **options).check()


def test_a_missing_option_of_several_processes_is_named():
    with pytest.raises(
        train.ArgumentError, match=r"belong together, got localhost:1, None, 0"
    ):
        Options(coordinator="localhost:1", process_id=0).check()


def test_watchers_show_progress_and_what_is_asked_for(monkeypatch):
    monkeypatch.setattr(train, "TensorBoard", lambda: "TensorBoard")
    monkeypatch.setattr(train, "WandB", lambda project: project)
    console = Console(file=io.StringIO())
    (progress,) = Options().watchers(console)
    assert isinstance(progress, train.Progress)
    _, *others = Options(tensorboard=True, wandb="a").watchers(console)
    assert others == ["TensorBoard", "a"]
