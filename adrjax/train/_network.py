"""A network with its variables, applied to whole splits."""

import collections
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Literal, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from adrjax import data
from adrjax._base import add
from adrjax.train import _arguments
from adrjax.train._objective import Objective
from adrjax.train._parallel import Parallel, parallel_eval, replicate


class Examples(NamedTuple):
    """The outputs of a network for some examples, inside a compiled function.

    Attributes:
        outputs: The outputs of the model in float32, `[b, ...]` each.
        labels: The labels, int32 `[b, ...]`.
        loss: Maps outputs and labels to the training loss of each example, with the
            present state of the loss, which does not change. A loss that couples the
            examples of a batch gets those of one device, and in the last batch copies
            of its first row.
    """

    outputs: Any
    labels: jax.Array
    loss: Callable[[Any, jax.Array], jax.Array]


class Views(NamedTuple):
    """Several views of each image, whose outputs are averaged.

    Attributes:
        of: Maps an image `[height, width, channels]` to views of it, `[v, ...]`.
        mean: What is averaged: `"outputs"`, or `"probs"`, the probabilities of the
            views instead of their logits. The logits are then the logarithms of the
            mean probabilities. The features are averaged in both cases.
    """

    of: Callable[[jax.Array], jax.Array]
    mean: Literal["outputs", "probs"] = "outputs"


class Predictions(NamedTuple):
    """The outputs of a network for every image of a split, in its order.

    Attributes:
        logits: float32 `[n, ..., num_classes]`.
        labels: The labels of the split, int32 `[n, ...]`.
        features: The features, float32 `[n, ..., num_features]`.
    """

    logits: np.ndarray
    labels: np.ndarray
    features: np.ndarray

    @property
    def classes(self) -> np.ndarray:
        """The most probable class of each image, `[n, ...]`."""
        return self.logits.argmax(-1)

    @property
    def confidences(self) -> np.ndarray:
        """The probability of that class, `[n, ...]`."""
        return np.asarray(jax.nn.softmax(self.logits)).max(-1)


class Evaluator:
    """The compiled evaluations of a model, for any variables.

    Args:
        model: Maps `(images, train=...)` to `Outputs`.
        dataset: The data set, which has the normalization.
        objective: The parts of the training loss.
        batch_size: Images at once, over all devices of all processes; rounded up to a
            multiple of them.
        devices: The number of devices of each process to use, all for None.
        parallel: How to run it.
        steps_per_dispatch: The number of batches that one compiled program runs, as in
            `Machine`.
    """

    def __init__(
        self,
        model: nn.Module,
        dataset: data.Dataset,
        objective: Objective,
        *,
        batch_size: int,
        devices: int | None = None,
        parallel: Parallel = "pmap",
        steps_per_dispatch: int = 1,
    ):
        self._model, self._dataset, self._objective = model, dataset, objective
        self._devices = devices
        self._parallel: Parallel = parallel
        num_devices = _arguments.device_count(devices) * jax.process_count()
        size = _arguments.count("batch_size", batch_size, low=1)
        self._batch_size = -(-size // num_devices) * num_devices
        self._group = _arguments.count("steps_per_dispatch", steps_per_dispatch, low=1)
        self._steps: dict[Hashable, Callable[..., Any]] = {}

    def network(
        self, variables: Mapping[str, Any], loss_states: Mapping[str, Any] | None = None
    ) -> "Network":
        """Returns the network with some variables.

        Args:
            variables: `{"params": ..., "batch_stats": ...}`.
            loss_states: The state of each part of the loss; the first one for None.
        """
        if loss_states is None:
            loss_states = {part: x.init() for part, x in self._objective.items()}
        return Network(self, (dict(variables), dict(loss_states)))

    def map(
        self,
        function: Callable[[Examples], Any],
        state: Any,
        split: data.Split,
        views: Views | None,
        pooled: bool,
    ) -> Any:
        """Returns the results for all examples, on the host."""
        group = _arguments.group(self._group, split)
        key = function, views, pooled, group is None
        if key not in self._steps:
            self._steps[key] = parallel_eval(
                lambda state, batch: self._step(function, views, pooled, state, batch),
                devices=self._devices,
                parallel=self._parallel,
                is_group=group is not None,
            )
        step, running, parts = self._steps[key], collections.deque(), []
        for batch, real in data.eval_batches(
            split, batch_size=self._batch_size, devices=self._devices, group=group
        ):
            running.append((step(state, batch), real))
            if len(running) > 1:  # the devices have the next batch to work on
                parts.append(_fetched(*running.popleft()))
        parts += [_fetched(*results) for results in running]
        return jax.tree.map(lambda *x: np.concatenate(x), *parts)

    def replicated(self, state: Any) -> Any:
        """Returns variables and loss states on every device."""
        return replicate(state, devices=self._devices, parallel=self._parallel)

    def _step(
        self,
        function: Callable[[Examples], Any],
        views: Views | None,
        pooled: bool,
        state: Any,
        batch: data.Batch,
    ) -> Any:
        (variables, loss_states), images = state, batch.images
        if views is not None:
            seen = jax.vmap(views.of)(images)
            images = seen.reshape(-1, *seen.shape[2:])
        normal = self._dataset.normalize(images)
        outputs: Any = self._model.apply(variables, normal, train=False)
        if pooled:
            features = self._model.apply(variables, normal, method="pooled")
            outputs = outputs._replace(features=features)
        outputs = jax.tree.map(_in_float32, outputs)
        if views is not None:
            outputs = _mean_of_views(outputs, len(batch.images), views)

        def loss(outputs: Any, labels: jax.Array) -> jax.Array:
            total = add(*self._objective.values())
            states = tuple(loss_states[part] for part in self._objective)
            return total.apply(states, outputs, labels)[0]

        results = function(Examples(outputs, batch.labels, loss))
        rows = [jnp.shape(x)[:1] for x in jax.tree.leaves(results)]
        if rows != [batch.labels.shape[:1]] * len(rows):
            raise ValueError(
                "the function of Network.map must return arrays with one row an "
                f"example, {len(batch.labels)} here, got "
                f"{jax.tree.map(jnp.shape, results)}"
            )
        return results


class Network:
    """A network with its variables, applied to whole splits by all devices.

    `Evaluator.network` makes it.
    """

    def __init__(self, evaluator: Evaluator, state: Any):
        self._evaluator, self._state = evaluator, evaluator.replicated(state)

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the model, `{"params": ..., "batch_stats": ...}`."""
        return self._state[0]

    def map(
        self,
        function: Callable[[Examples], Any],
        split: data.Split,
        *,
        views: Views | None = None,
        pooled: bool = False,
    ) -> Any:
        """Returns a function of the outputs for every example of a split.

        It is computed a batch at a time, or as many as one program runs: the logits of
        a large split never exist at once, unless the function returns them. The network
        is run without training.

        Args:
            function: Maps the `Examples` of a device to a pytree of arrays with one row
                an example, inside a map over the device axis `"batch"`. It is compiled
                once for each function object, so pass a named function and not a new
                lambda each time.
            split: The images and labels.
            views: The views of each image, if there is more than one.
            pooled: Whether the features of the outputs are those of
                `heads.Classifier.pooled`, before the neck.

        Returns:
            The results in the order of the split, NumPy arrays `[n, ...]`.
        """
        return self._evaluator.map(function, self._state, split, views, pooled)

    def predict(
        self, split: data.Split, *, views: Views | None = None, pooled: bool = False
    ) -> Predictions:
        """Returns logits and features for every example of a split; see `map`."""
        logits, features = self.map(
            _logits_and_features, split, views=views, pooled=pooled
        )
        return Predictions(logits, np.asarray(split.labels), features)


def _logits_and_features(examples: Examples) -> tuple[jax.Array, jax.Array]:
    return examples.outputs.logits, examples.outputs.features


def _mean_of_views(outputs: Any, number: int, views: Views) -> Any:
    """Returns outputs with mean features and logits; class weights have no views."""

    def mean(x: jax.Array) -> jax.Array:
        return x.reshape(number, -1, *x.shape[1:]).mean(axis=1)

    means = outputs._replace(
        features=mean(outputs.features), logits=mean(outputs.logits)
    )
    if views.mean == "outputs":
        return means
    log_probs = jax.nn.log_softmax(outputs.logits)
    by_view = log_probs.reshape(number, -1, *log_probs.shape[1:])
    log_sums = jax.nn.logsumexp(by_view, axis=1)
    return means._replace(logits=log_sums - jnp.log(by_view.shape[1]))


def _in_float32(x: jax.Array) -> jax.Array:
    return x.astype(jnp.float32) if jnp.issubdtype(x.dtype, jnp.floating) else x


def _fetched(results: Any, real: int) -> Any:
    """Returns the results of the real examples of a batch, on the host."""
    return jax.tree.map(lambda x: x[:real], jax.device_get(results))
