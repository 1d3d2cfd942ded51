"""Training the rows of a table, one seed after the other."""

from __future__ import annotations

from collections.abc import Sequence
import dataclasses
import functools
import pathlib
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console

from adrjax import data, heads, train
from experiments.command import read
from experiments.options import Options
from experiments.rows import Row, describe, on_one_device, slug

if TYPE_CHECKING:
    from experiments.table import Table

SMOKE_BATCH = 16


class Labelled(NamedTuple):
    """Training images with the labels they are trained with.

    Attributes:
        split: The images and these labels.
        true_labels: The labels of the data set.
    """

    split: data.Split
    true_labels: np.ndarray

    def wrong(self) -> float:
        """Returns the share of labels that differ from those of the data set."""
        return float(np.mean(np.asarray(self.split.labels) != self.true_labels))


class Training:
    """Trains the rows of a table, or reads those that are trained already.

    Args:
        table: The table.
        options: The command line.
        workdir: The directory of the runs.
        console: The console that shows them.
    """

    def __init__(
        self, table: Table, options: Options, workdir: pathlib.Path, console: Console
    ):
        self._table, self._options = table, options
        self._workdir, self._console = workdir, console
        self._watchers = options.watchers(console)
        self._read = functools.cache(self._read_split)
        self._results: dict[tuple[str, int], train.Result] = {}

    def seeds(self, row: Row) -> Sequence[train.Result]:
        """Returns the runs of a row, one a seed."""
        number = 1 if self._options.smoke else self._options.seeds
        return [self._result(row, seed) for seed in range(number)]

    def _result(self, row: Row, seed: int) -> train.Result:
        key = row.name, seed
        if key not in self._results:
            self._results[key] = self._train(row, seed)
        return self._results[key]

    def _train(self, row: Row, seed: int) -> train.Result:
        options, recipe = self._options, row.recipe
        model = (
            heads.with_dtype(recipe.model, jnp.bfloat16)
            if options.bfloat16
            else recipe.model
        )
        labelled = self._labelled(row, seed)
        batch_size = SMOKE_BATCH if options.smoke else recipe.batch_size
        epochs = recipe.epochs if options.epochs is None else options.epochs
        name = f"{row.name}, seed {seed}"
        if recipe.noise is not None or row.relabelled_by is not None:
            share = 100 * labelled.wrong()
            self._console.print(
                f"{name}: {share:.2f} % of the training labels are wrong"
            )
        test = self._read(recipe.dataset, "test")
        workdir = self._workdir / slug(row.name) / f"seed{seed}"
        relabelled_by = row.relabelled_by
        return train.fit(
            model=model,
            loss=row.loss,
            then=row.then,
            of=row.of,
            optimizer=recipe.optimizer(
                epochs * (len(labelled.true_labels) // batch_size)
            ),
            ema_decay=recipe.ema_decay,
            dataset=recipe.dataset,
            train=labelled.split,
            test=test,
            batch_size=batch_size,
            epochs=epochs,
            seed=seed,
            max_steps=2 if options.smoke else options.steps,
            evaluate=self._metrics,
            evaluate_train=(
                functools.partial(self._train_metrics, row, labelled.true_labels)
                if self._table.train_columns
                else None
            ),
            workdir=workdir,
            name=name,
            config={
                "page": self._table.name,
                "row": row.name,
                **describe(dataclasses.replace(recipe, model=model)),
                "bfloat16": options.bfloat16,
                "relabelled_by": None if relabelled_by is None else relabelled_by.name,
            },
            accept_changes=options.accept_changes,
            facts={
                "dataset_version": recipe.dataset.version(options.data_dir),
                "training_images": len(labelled.true_labels),
                "test_images": len(test.labels),
                "wrong_labels": labelled.wrong(),
                "compilation_cache": jax.config.values["jax_compilation_cache_dir"],
            },
            save_every=options.save_every,
            parallel=options.parallel,
            devices=options.devices,
            watchers=self._watchers,
            profile=train.Profile(workdir / "profile") if options.profile else None,
        )

    def _labelled(self, row: Row, seed: int) -> Labelled:
        """Returns the training images with the labels of a row."""
        split = self._read(row.recipe.dataset, "train")
        true_labels = np.asarray(split.labels)
        labels = true_labels
        if row.recipe.noise is not None:
            labels, _ = row.recipe.noise(jax.random.key(seed), true_labels)
        if row.relabelled_by is not None:
            labels = self._predicted(row.relabelled_by, seed, split)
        return Labelled(split._replace(labels=np.asarray(labels)), true_labels)

    def _predicted(self, row: Row, seed: int, split: data.Split) -> np.ndarray:
        """Returns the most probable classes of images by the network of a row."""
        options, recipe = self._options, row.recipe
        state = self._result(row, seed).state
        if state is None:
            raise train.WorkdirError(
                f"the checkpoints of {row.name}, seed {seed}, which label the images of another "
                f"row, were removed: remove {self._workdir / slug(row.name)} to train it again"
            )
        model = (
            heads.with_dtype(recipe.model, jnp.bfloat16)
            if options.bfloat16
            else recipe.model
        )
        step = train.parallel_eval(
            functools.partial(train.eval_step, model=model, dataset=recipe.dataset),
            devices=options.devices,
            parallel=options.parallel,
        )
        predictions = train.predict(
            step,
            train.eval_variables(state),
            split,
            batch_size=SMOKE_BATCH if options.smoke else recipe.batch_size,
            devices=options.devices,
        )
        return predictions.classes.astype(np.int32)

    def _metrics(self, predictions: train.Predictions) -> dict[str, float]:
        columns = self._table.columns
        return {name: column(predictions) for name, column in columns.items()}

    def _train_metrics(
        self, row: Row, true_labels: np.ndarray, predictions: train.Predictions
    ) -> dict[str, float]:
        loss, columns = on_one_device(row.loss), self._table.train_columns
        return {
            f"train_{name}": column(predictions, true_labels, loss)
            for name, column in columns.items()
        }

    def _read_split(self, dataset: data.Dataset, split: str) -> data.Split:
        if self._options.smoke:
            return random_images(dataset)
        whole = read(dataset, split, self._options.data_dir)
        return data.upload(whole, devices=self._options.devices)


def random_images(dataset: data.Dataset) -> data.Split:
    """Returns images of noise, of the shape of a data set."""
    shape = dataset.shape or (64, 64, 3)
    rng, n = np.random.default_rng(0), 4 * SMOKE_BATCH
    images = rng.integers(256, size=(n, *shape), dtype=np.uint8)
    return data.Split(images, rng.integers(dataset.num_classes, size=n, dtype=np.int32))
