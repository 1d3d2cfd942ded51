"""The numbers of a run."""

from collections.abc import Mapping, Sequence
import dataclasses
import pathlib
from typing import Any

import numpy as np

from adrjax import train
from experiments.harness.evaluation import Metric
from experiments.harness.run import Run


@dataclasses.dataclass(frozen=True)
class Result:
    """The numbers of a finished run.

    Attributes:
        run: The run.
        directory: Its directory.
        history: One dict a record, as in metrics.jsonl.
        measured: The numbers of the evaluations of the last network: those that are made
            once, at the end, and those that the recipe has got after the training.
    """

    run: Run
    directory: pathlib.Path
    history: Sequence[Mapping[str, Any]]
    measured: Mapping[str, float]

    def last(self, metric: str) -> float:
        """Returns a metric after the last step."""
        if metric in self.measured:
            return self.measured[metric]
        return self._recorded(metric)[-1]

    def best(self, metric: str) -> float:
        """Returns the best value of a metric at any record, in its own direction."""
        evaluation = self.run.recipe.evaluations.get(metric.partition("/")[0])
        if metric in self.measured and evaluation is not None and evaluation.at_end:
            return self.measured[metric]
        values = self._recorded(metric)
        is_lower = metric_of(self.run, metric).better == "lower"
        return min(values) if is_lower else max(values)

    def curve(self, metric: str) -> tuple[np.ndarray, np.ndarray]:
        """Returns the steps of all records, and a metric at each."""
        steps = np.array([record["step"] for record in self.history])
        return steps, np.array(self._recorded(metric))

    def _recorded(self, metric: str) -> list[float]:
        if not all(metric in record for record in self.history):
            known = [x for x in self.history[-1] if x.startswith("train_") or "/" in x]
            raise train.ArgumentError(
                f"{self.run.name} has no records of {metric!r}, only of "
                f"{', '.join(known)}: the run was trained without this evaluation; remove "
                f"{self.directory} to train it again"
            )
        return [record[metric] for record in self.history]


def metric_of(run: Run, metric: str) -> Metric:
    """Returns what is known of a metric of a run before it is trained.

    Args:
        run: The run.
        metric: Its name, `evaluation/number`, or `train_loss` and the like.

    Raises:
        ArgumentError: If the recipe has no such evaluation, or it no such number.
    """
    if metric.startswith("train_"):
        is_loss = metric != "train_accuracy"
        return Metric(of=str, digits=3, better="lower" if is_loss else "higher")
    evaluations = run.recipe.evaluations
    name, _, number = metric.partition("/")
    if name in evaluations and number in evaluations[name].metrics:
        return evaluations[name].metrics[number]
    known = [f"{name}/{x}" for name, e in evaluations.items() for x in e.metrics]
    raise train.ArgumentError(
        f"the metric of a cell must be one of {', '.join(known)} of the recipe "
        f"{run.recipe.name!r}, got {metric!r}"
    )


def mean(values: Sequence[float]) -> float:
    """Returns the mean over the seeds."""
    return float(np.mean(values))


def spread(values: Sequence[float]) -> float | None:
    """Returns the standard deviation over the seeds (n - 1); None for one."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
