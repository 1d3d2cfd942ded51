"""Which steps of a run end an epoch, are recorded, or are saved."""

from __future__ import annotations

from collections.abc import Iterator
import dataclasses

from adrjax.train._task import Machine, Task


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schedule:
    """What is due after a step.

    Attributes:
        steps: The number of steps of the run.
        steps_per_epoch: The number of steps of an epoch.
        record_every: The number of steps between two records.
        save_every: The number of steps between two checkpoints, beside those of the
            records; None for no others.
        snapshots: The steps whose checkpoints are kept.
        group: The number of steps of a program.
    """

    steps: int
    steps_per_epoch: int
    record_every: int
    save_every: int | None = None
    snapshots: frozenset[int] = frozenset()
    group: int = 1

    @classmethod
    def of(cls, task: Task, machine: Machine, group: int) -> Schedule:
        """Returns the schedule of a task."""
        steps_per_epoch = len(task.train.labels) // task.batch_size
        return cls(
            steps=task.steps,
            steps_per_epoch=steps_per_epoch,
            record_every=task.record_every or steps_per_epoch,
            save_every=machine.save_every,
            snapshots=frozenset(epoch * steps_per_epoch for epoch in task.snapshots),
            group=group,
        )

    def epoch(self, step: int) -> int:
        """Returns the epoch that a step is in, both from 1."""
        return -(-step // self.steps_per_epoch)

    def ends_epoch(self, step: int) -> bool:
        """Returns whether a step is the last of an epoch."""
        return step % self.steps_per_epoch == 0

    def records(self, step: int) -> bool:
        """Returns whether the metrics after a step are recorded."""
        return step % self.record_every == 0 or step == self.steps

    def saves(self, step: int) -> bool:
        """Returns whether there is a checkpoint of a step."""
        is_due = self.save_every is not None and step % self.save_every == 0
        return is_due or self.records(step) or step in self.snapshots

    def sizes(self, step: int) -> Iterator[int]:
        """Yields the number of steps of each program, from a step to the end.

        They depend on the step alone and not on where a run was continued. No program
        goes past the end or past a step after which something is due.
        """
        periods = self.steps_per_epoch, self.record_every, self.save_every or self.steps
        while step < self.steps:
            due = min(self.steps, *(step - step % every + every for every in periods))
            size = self.group if step + self.group <= due else 1
            yield size
            step += size
