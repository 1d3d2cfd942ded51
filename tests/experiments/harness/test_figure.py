"""What the functions that draw get."""

import pathlib

from experiments.harness import Context, Figure
from experiments.harness.runner import Runner, Settings


def test_a_context_finds_results_by_row_and_column():
    said = []
    runner = Runner(pathlib.Path("runs"), Settings(say=said.append))
    results = {("CE", "a"): [1], ("CE", "b"): [2], ("GR", "b"): [3]}
    context = Context(results, runner, pathlib.Path("out"))
    assert context.rows == ["CE", "GR"] and context.columns == ["a", "b"]
    assert context.of("CE") == [1] and context.of("CE", "b") == [2]
    assert context.of("GR") == [3]
    assert context.of("GR", "a") == context.of("ADR") == ()
    assert context.by_column() == {"a": {"CE": [1]}, "b": {"CE": [2], "GR": [3]}}
    assert context.by_column(["b", "c"]) == {"b": {"CE": [2], "GR": [3]}}
    grids = {("CE", "b"): [[2]]}
    best = Context(results, runner, pathlib.Path("out"), grids=grids)
    assert best.by_column(["b"]) == {"b": {"GR": [3]}}
    context.say("a line")
    assert said == ["a line"]


def test_a_figure_needs_no_runs():
    figure = Figure(needs="", full="", draw=lambda context: [])
    assert figure.runs() == {} and figure.seeds == figure.reduced_seeds == 1
