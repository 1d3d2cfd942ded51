"""Each plot, from synthetic results."""

import dataclasses
import types

import numpy as np
from PIL import Image
import pytest

from adrjax import data
from experiments.harness import Context, Method, plots
from tests.experiments.harness import _toy
from tests.experiments.harness._toy import CE, HALF, run
from tests.experiments.harness.test_report import results_of

POINTS = np.arange(6, dtype=np.float32)
RESULTS = {
    ("CE", "top1"): results_of(run(CE), 60.0, 62.0),
    ("half", "top1"): results_of(run(HALF), 70.0),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "below" / "plot.png"


@pytest.fixture
def lines(monkeypatch):
    """Returns the labels of all lines, filled when a figure is written."""
    found = []
    panels = plots.panels

    @plots.contextlib.contextmanager
    def recorded(*args, **options):
        with panels(*args, **options) as axes:
            yield axes
            for axis in axes.flat:
                found.append([line.get_label() for line in axis.get_lines()])

    monkeypatch.setattr(plots, "panels", recorded)
    return found


def assert_drawn(path):
    with Image.open(path) as image:
        assert min(image.size) > 200
        assert len(image.convert("RGB").getcolors(1 << 20)) > 2


def test_curves_draws_a_panel_for_each_group_and_metric(path, lines):
    groups = {
        "a": {"CE": RESULTS["CE", "top1"]},
        "b": {"CE": RESULTS["CE", "top1"], "half": RESULTS["half", "top1"]},
    }
    keys = ["test/top1", "test/NLL"]
    plots.curves(groups, path, keys=keys, x="step", baselines={"a": {"paper": 50}})
    assert_drawn(path)
    assert [len(x) for x in lines] == [2, 2, 1, 2]  # the baseline is in the first


def test_curves_leave_out_a_metric_that_is_not_recorded(path, lines):
    plots.curves({"": {"CE": RESULTS["CE", "top1"]}}, path, keys=["test/top1", "no"])
    assert lines == [["CE"], ["_child0"]]  # an empty line


def test_curves_have_the_color_and_the_line_style_of_their_format(path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots.plt, "close", lambda figure: drawn.extend(figure.axes))
    groups = {"": {"CE": RESULTS["CE", "top1"], "half": RESULTS["half", "top1"]}}
    plots.curves(groups, path, keys=["test/top1"], formats={"half": "r:"})
    ce, half = drawn[0].get_lines()
    assert (ce.get_color(), ce.get_linestyle()) == ("#3b6fb6", "-")
    assert (half.get_color(), half.get_linestyle()) == ("r", ":")


def test_a_network_has_the_same_color_in_every_panel(path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots.plt, "close", lambda figure: drawn.extend(figure.axes))
    short = [
        dataclasses.replace(result, history=[{"epoch": 1, "test/top1": 1.0}])
        for result in RESULTS["half", "top1"]
    ]
    groups = {"": {"half": short, "CE": RESULTS["CE", "top1"]}}
    plots.curves(groups, path, keys=["test/top1", "test/NLL"])
    colors = {line.get_color() for axis in drawn for line in axis.get_lines()[1:]}
    assert colors == {"#e07b39"}


def test_sheet_draws_rows_of_images_with_captions(path):
    images = np.zeros([3, 8, 8, 3], np.uint8)
    plots.sheet({"a": (images, ["0", "1", "2"]), "b": (images[:1], ["3"])}, path)
    assert_drawn(path)


def test_learning_curves_draws_each_network_once(tmp_path, lines):
    arrays, others = (
        results_of(run(Method(_toy.weighted, {"points": x * POINTS})), 1.0)
        for x in (1, 2)
    )
    for i, results in enumerate([*RESULTS.values(), arrays, others]):
        for result in results:
            object.__setattr__(result, "directory", tmp_path / str(i))
    results = RESULTS | {
        ("CE", "ECE"): RESULTS["CE", "top1"],
        ("arrays", "top1"): arrays,
        ("arrays", "ECE"): others,
    }
    context = Context(results, types.SimpleNamespace(), tmp_path)
    assert plots.learning_curves(context) == [tmp_path / "learning_curves.png"]
    assert_drawn(tmp_path / "learning_curves.png")
    assert lines[0] == ["CE", "half", "arrays", "arrays, ECE"]
    assert plots.learning_curves(Context({}, context.runner, tmp_path)) == []


def test_bars_draws_a_bar_a_series_and_a_dot_a_seed(path):
    values = {"ours": {"a": [1.0, 2.0], "b": [3.0]}, "paper": {"b": [2.5]}}
    plots.bars(values, path, y="error")
    assert_drawn(path)


def test_sweep_draws_a_curve_a_series(path, lines):
    groups = {"20 %": {"GR": {2.0: [2.0, 3.0], 1.0: [1.0, 2.0]}, "CE": {1.0: [1.0]}}}
    baselines = {"paper": 2.0, "CE": [1.0, 2.0]}
    plots.sweep(groups, path, x="beta", y="top1", xscale="log", baselines=baselines)
    assert_drawn(path)
    assert lines[0][:2] == ["GR", "CE"] and len(lines[0]) == 4


def test_scatter_draws_points_and_centers(path):
    points = np.random.default_rng(0).normal(size=(20, 2))
    with plots.panels(path, 1, 1) as axes:
        plots.scatter(axes[0, 0], points, np.arange(20) % 12, centers=points[:2])
        assert len(axes[0, 0].get_lines()) == 13
    assert_drawn(path)


def test_roc_draws_a_curve(path):
    with plots.panels(path, 1, 1) as axes:
        plots.roc(axes[0, 0], np.array([0.001, 0.1, 1]), np.array([0, 0.5, 1]), "CE")
        assert axes[0, 0].get_xscale() == "log"
    assert_drawn(path)


def test_diagram_draws_the_accuracy_of_each_bin(path):
    confidences = np.array([0.05, 0.1, 0.95, 1.0])
    with plots.panels(path, 1, 1) as axes:
        plots.diagram(axes[0, 0], confidences, np.array([0, 1, 1, 1]))
        heights = [patch.get_height() for patch in axes[0, 0].patches]
    assert heights[:10] == [0.5, *[0] * 8, 1] and heights[10] == 0.5
    assert_drawn(path)


def test_reliability_draws_a_panel_a_row_over_all_seeds(path, lines):
    confidences = np.linspace(0, 1, 37)
    network = types.SimpleNamespace(map=lambda *_: (confidences, confidences > 0.5))
    asked = []
    runner = types.SimpleNamespace(
        network=lambda run: network,
        splits=lambda run: types.SimpleNamespace(
            split=lambda *args: asked.append(args)
        ),
    )
    context = Context(RESULTS, runner, path.parent)
    crop = data.CenterCrop(8)
    plots.reliability(context, path, split="held-out", crop=crop)
    assert_drawn(path)
    assert len(lines) == 2 and asked == [("held-out", crop)] * 3


def test_a_dozen_lines_differ(tmp_path):
    with plots.panels(tmp_path / "lines.png", 1, 1) as axes:
        for i in range(12):
            plots.filled(axes[0, 0], f"{i}", np.arange(3), np.full((1, 3), i))
        lines = axes[0, 0].get_lines()
        assert len({(x.get_color(), x.get_linestyle()) for x in lines}) == 12
