"""Training what is not trained: one network at a time, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import dataclasses
import functools
import gc
import pathlib
from typing import Any, Literal, TypeVar

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from adrjax import train
from experiments.harness import measuring
from experiments.harness.identity import describe
from experiments.harness.images import SMOKE_BATCH, Images, Labelled
from experiments.harness.method import on_one_device
from experiments.harness.recipe import FromFile, FromRun, Recipe
from experiments.harness.result import Result, metric_of
from experiments.harness.run import Origin, Run
from experiments.harness.splits import RunSplits
from experiments.harness.start import Weights, started_from

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """How the runs of a page are computed.

    Attributes:
        machine: How a run is computed.
        watchers: Objects that show or store the metrics.
        data_dir: The folder of the prepared data sets.
        weights_dir: The folder of the files of weights.
        accept_changes: Whether to continue a run that has another configuration.
        profile: Whether to trace a few steps of each run.
        num_workers: The number of processes that decode streamed images.
        say: Prints a line on the first process.
    """

    machine: train.Machine = train.Machine()
    watchers: Sequence[train.Watcher] = ()
    data_dir: pathlib.Path | None = None
    weights_dir: pathlib.Path | None = None
    accept_changes: bool = False
    profile: bool = False
    num_workers: int = 0
    say: Callable[[str], None] = print


class Runner:
    """Trains runs, or reads those that are trained.

    Args:
        root: The directory of all runs.
        settings: How they are computed.
        variant: Maps a run that another one starts from, or is labelled by, to the one to
            train in its place: reduced, shorter, in bfloat16.
        smoke: Whether to train two steps on random images.
    """

    def __init__(
        self,
        root: pathlib.Path,
        settings: Settings,
        *,
        variant: Callable[[Run], Run] = lambda run: run,
        smoke: bool = False,
    ):
        self.root, self.settings, self.variant, self.smoke = (
            root,
            settings,
            variant,
            smoke,
        )
        self.images = Images(
            settings.data_dir,
            devices=settings.machine.devices,
            num_workers=settings.num_workers,
            smoke=smoke,
        )
        self._labels: tuple[Any, np.ndarray] | None = None  # of the latest run
        self._kept: tuple[str, dict[Any, Any]] = "", {}  # what its seeds share
        self._weights = Weights(settings.weights_dir)

    def result(self, run: Run, origin: Origin | None = None) -> Result:
        """Returns the numbers of a run, trained if it is not.

        Args:
            run: The run.
            origin: The cell that it is trained for.
        """
        directory = self.directory(run)
        self.check(run)
        if not self.finished(run):
            for source in self._sources(run):
                self.result(source, _of_source(origin))
        task = self._task(run, origin)
        programs = functools.partial(train.programs, task, self.settings.machine)
        history = train.fit(
            task,
            directory,
            seed=run.seed,
            machine=self.settings.machine,
            programs=self._once(run, "programs", programs),
            watchers=self.settings.watchers,
            profile=train.Profile(directory / "profile")
            if self.settings.profile
            else None,
            accept_changes=self.settings.accept_changes,
        ).history
        del task, programs
        gc.collect()  # a traceback or a cycle may hold the state
        changed = measuring.changed(run, directory)
        kept = [
            {k: x for k, x in record.items() if k.partition("/")[0] not in changed}
            for record in history
        ]
        missing = measuring.missing(run, changed)
        network = functools.cache(lambda: self.network(run))
        measured = measuring.measured(missing, directory, network, RunSplits(self, run))
        return Result(run, directory, kept, measured)

    def check(self, run: Run) -> None:
        """Raises before anything is trained if a file is missing or a name is wrong."""
        recipe = run.recipe
        for name, evaluation in recipe.evaluations.items():
            describe(evaluation, f"the evaluation {name} of {recipe.name}")
        if recipe.best is not None:
            metric_of(run, recipe.best)
            if recipe.evaluations[recipe.best.partition("/")[0]].at_end:
                raise train.ArgumentError(
                    f"the best metric of {recipe.name} must be of an evaluation at every "
                    f"record, got {recipe.best!r}, which is made at the end"
                )
        if isinstance(recipe.start, FromFile) and not self.smoke:
            self._weights.path(recipe.start)
        for source in self._sources(run):
            self.check(source)

    def finished(self, run: Run) -> bool:
        """Returns whether a run is trained and measured, without training it."""
        directory = self.directory(run)
        ends = [name for name, e in run.recipe.evaluations.items() if e.at_end]
        files = [measuring.path(directory, name) for name in ends]
        return all(file.exists() for file in [directory / "finished.json", *files])

    def is_in_use(self, run: Run) -> bool:
        """Returns whether another process trains a run."""
        return train.is_in_use(self.directory(run))

    def directory(self, run: Run) -> pathlib.Path:
        """Returns the directory of a run."""
        return run.directory(self.root)

    def network(
        self, run: Run, which: Literal["last", "best"] | int = "last"
    ) -> train.Network:
        """Returns a trained network.

        Args:
            run: The run.
            which: The checkpoint, as for `train.restore_variables`.
        """
        evaluator, _ = self.evaluator(run)
        return evaluator.network(self._variables(run, which))

    def splits(self, run: Run) -> RunSplits:
        """Returns the images of a run."""
        return RunSplits(self, run)

    def labelled(
        self, run: Run, origin: Origin | None = None, crop: Any = None
    ) -> tuple[Labelled, Labelled | None]:
        """Returns the images that a run is trained with, and those that are held out.

        Args:
            run: The run.
            origin: The cell that it is trained for.
            crop: The crop that images are decoded with; that of the recipe for None.
        """
        recipe = run.recipe.data
        kept, held_out = self.images.parts(recipe, crop)
        if held_out is not None and recipe.noisy_hold_out and recipe.noise is not None:
            noise_key = jax.random.fold_in(jax.random.key(run.seed), 1)
            labels, _ = recipe.noise(noise_key, np.asarray(held_out.split.labels))
            noisy = held_out.split._replace(labels=np.asarray(labels, np.int32))
            held_out = held_out._replace(split=noisy)
        return self._relabelled(run, kept, origin), held_out

    def _relabelled(self, run: Run, kept: Labelled, origin: Origin | None) -> Labelled:
        key = run.identity, run.seed
        if self._labels is None or self._labels[0] != key:
            self._labels = key, self._labels_of(run, kept, origin)
        return kept._replace(split=kept.split._replace(labels=self._labels[1]))

    def _labels_of(self, run: Run, kept: Labelled, origin: Origin | None) -> np.ndarray:
        """Returns the labels that a run is trained with."""
        recipe, labels = run.recipe.data, np.asarray(kept.split.labels)
        if recipe.noise is not None:
            labels, _ = recipe.noise(jax.random.key(run.seed), labels)
        if recipe.relabelled_by is not None:
            source = self._source(recipe.relabelled_by, run.seed)
            if not self.finished(source):
                self.result(source, _of_source(origin))
            labels = self.network(source).map(_classes, kept.split)
        return np.asarray(labels, np.int32)

    def _task(self, run: Run, origin: Origin | None) -> train.Task:
        recipe, name = run.recipe, run.name
        if origin is not None and origin.label:
            name = f"{origin.label}, seed {run.seed}"
        labelled, held_out = self.labelled(run, origin)
        split = labelled.split
        batch_size = SMOKE_BATCH if self.smoke else recipe.batch_size
        steps_per_epoch = len(labelled.true_labels) // batch_size
        if not steps_per_epoch:
            raise train.ArgumentError(
                f"{name}: batch_size must be at most the {len(labelled.true_labels)} "
                f"training images, got {batch_size}"
            )
        steps = 2 if self.smoke else recipe.length.steps(steps_per_epoch)
        if labelled.wrong():
            share = 100 * labelled.wrong()
            self.settings.say(f"{name}: {share:.2f} % of the training labels are wrong")
        splits = RunSplits(self, run)
        evaluations = {
            key: functools.partial(_evaluate, evaluation, splits)
            for key, evaluation in recipe.evaluations.items()
            if not evaluation.at_end
        }
        best = recipe.chosen_by
        is_lower = best is not None and metric_of(run, best).better == "lower"
        return train.Task(
            name=name,
            model=recipe.model,
            objectives=self._objectives(run),
            optimizer=self._once(run, "optimizer", lambda: recipe.optimizer(steps)),
            dataset=recipe.data.dataset,
            train=split,
            batch_size=batch_size,
            steps=steps,
            order=None if self.smoke else recipe.data.order,
            evaluations=evaluations,
            record_every=recipe.evaluate_every.steps(steps_per_epoch),
            best=best,
            lower_is_better=is_lower,
            snapshots=recipe.snapshots,
            ema_decay=recipe.ema_decay,
            start=self._start(run),
            config={"run": run.description()},
            facts={
                **({} if origin is None else origin._asdict()),
                "evaluations": {
                    key: describe(recipe.evaluations[key]) for key in evaluations
                },
                "dataset_version": recipe.data.dataset.version(self.settings.data_dir),
                "training_images": len(labelled.true_labels),
                "held_out_images": 0 if held_out is None else len(held_out.true_labels),
                "wrong_labels": labelled.wrong(),
                "compilation_cache": jax.config.values["jax_compilation_cache_dir"],
            },
        )

    def _once(self, run: Run, name: Any, make: Callable[[], T]) -> T:
        """Returns what all seeds of a run share, made for the first of them."""
        if self._kept[0] != run.identity:
            self._kept = run.identity, {}
            gc.collect()  # an evaluator holds itself
            jax.clear_caches()  # with the compiled programs of the run before
        kept = self._kept[1]
        if name not in kept:
            kept[name] = make()
        return kept[name]

    def _objectives(self, run: Run) -> Sequence[train.Parts]:
        """Returns the loss of each update."""

        def made() -> Sequence[train.Parts]:
            batch_size = SMOKE_BATCH if self.smoke else run.recipe.batch_size
            return run.method.objectives(
                *_shapes(run.recipe, self._input_shape(run), batch_size)
            )

        return self._once(run, "objectives", made)

    def _input_shape(self, run: Run) -> tuple[int, ...]:
        """Returns the shape of an image that the network of a run gets."""
        recipe = run.recipe.data
        return train.input_shape(recipe.dataset, self.images.shape(recipe))

    def _variables(
        self, run: Run, which: Literal["last", "best"] | int = "last"
    ) -> dict[str, Any]:
        """Returns the variables of a trained network."""
        return train.restore_variables(
            self.directory(run), run.recipe.model, self._input_shape(run), which=which
        ).variables

    def evaluator(
        self, run: Run, batch_size: int | None = None
    ) -> tuple[train.Evaluator, tuple[int, ...]]:
        """Returns the evaluations of a run's network, and the shape of its images.

        Args:
            run: The run.
            batch_size: Images at once; those of a step by default.
        """
        return self._once(run, batch_size, lambda: self._evaluator(run, batch_size))

    def _evaluator(
        self, run: Run, batch_size: int | None
    ) -> tuple[train.Evaluator, tuple[int, ...]]:
        recipe, machine = run.recipe, self.settings.machine
        if batch_size is None:
            batch_size = SMOKE_BATCH if self.smoke else recipe.batch_size
        evaluator = train.Evaluator(
            recipe.model,
            recipe.data.dataset,
            train.objective(self._objectives(run)[0]),
            batch_size=batch_size,
            devices=machine.devices,
            parallel=machine.parallel,
            steps_per_dispatch=machine.steps_per_dispatch,
        )
        return evaluator, self._input_shape(run)

    def _start(self, run: Run) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
        start = run.recipe.start
        if isinstance(start, FromRun):
            source = self._source(start, run.seed)
            return functools.partial(self._from_run, source, run)
        if isinstance(start, FromFile) and not self.smoke:
            path = str(self._weights.path(start))
            return lambda variables: start.load(variables, path)
        return None

    def _sources(self, run: Run) -> list[Run]:
        """Returns the runs that a run starts from or is labelled by."""
        starts = run.recipe.start, run.recipe.data.relabelled_by
        return [self._source(x, run.seed) for x in starts if isinstance(x, FromRun)]

    def _source(self, start: FromRun, seed: int) -> Run:
        return self.variant(Run(start.recipe, start.method, seed))

    def _from_run(
        self, source: Run, run: Run, variables: dict[str, Any]
    ) -> dict[str, Any]:
        started, left = started_from(variables, self._variables(source))
        if left:
            self.settings.say(
                f"{run.name} starts from {source.name}, except for {', '.join(left)}"
            )
        return started


def _classes(x: train.Examples) -> jax.Array:
    """Returns the most probable class of each example."""
    return jnp.argmax(x.outputs.logits, axis=-1)


def _evaluate(
    evaluation: Any, splits: RunSplits, network: train.Network
) -> dict[str, float]:
    return evaluation(network, splits)


def _of_source(origin: Origin | None) -> Origin | None:
    """Returns the origin of a run that another one starts from or is labelled by."""
    return None if origin is None else origin._replace(label="")


def _shapes(recipe: Recipe, shape: tuple[int, ...], batch_size: int) -> tuple[Any, Any]:
    """Returns the shapes of the outputs for a batch, and of its labels."""
    images = jax.ShapeDtypeStruct((batch_size, *shape), jnp.float32)
    outputs = output_shapes(recipe.model, images)
    return outputs, jax.ShapeDtypeStruct(outputs.logits.shape[:-1], jnp.int32)


def output_shapes(model: nn.Module, images: Any) -> Any:
    """Returns the shapes of a network's outputs."""

    def outputs(images: jax.Array) -> Any:
        return model.init_with_output(jax.random.key(0), images, train=False)[0]

    return on_one_device(outputs, images)
