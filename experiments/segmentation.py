"""Unsupervised segmentation of one image (Kanezaki, 2018; Kim et al., 2020).

A network is trained on the pixels of a single image. Its logits are clusters: the target of a
pixel is its most likely cluster, and the objective decides how fast clusters merge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
import hashlib
import io
import json
import os
import pathlib
from typing import Any, NamedTuple
import zipfile

import jax
import jax.numpy as jnp
from matplotlib import colormaps
import numpy as np
import optax
from PIL import Image

from adrjax import data, losses, metrics, optimizers, regularizers, train
from adrjax.backbones import SegmentationNet
from experiments.harness import plots
from experiments.harness.runner import DataError

NETWORK = SegmentationNet()
RATE, MOMENTUM = 0.1, 0.9  # the authors' code


class Superpixels(NamedTuple):
    """The settings of scikit-image's SLIC, by default those of Kanezaki's code.

    Attributes:
        num_segments: The number of superpixels, approximately.
        compactness: The weight of the distance in space against the distance in color.
    """

    num_segments: int = 10_000
    compactness: float = 100.0


@dataclasses.dataclass(frozen=True, eq=False)
class Method:
    """A segmentation's objective.

    The names and numbers here tell stored results apart, so the loss must be a function of a
    module, and its numbers must be settings.

    Attributes:
        loss: A function of the logits `[height, width, clusters]`, the target of each pixel
            `[height, width]`, and the settings, that returns a number.
        settings: The keyword arguments of the loss.
        superpixels: If given, the target of a pixel is the majority of its superpixel's
            clusters, and not its own most likely cluster.
    """

    loss: Callable[..., jax.Array]
    settings: Mapping[str, bool | int | float | str] = dataclasses.field(
        default_factory=dict
    )
    superpixels: Superpixels | None = None

    def __post_init__(self) -> None:
        name = getattr(self.loss, "__qualname__", repr(self.loss))
        if not name.isidentifier():
            raise ValueError(
                f"the loss must be a function of a module, got {name}: stored results are told "
                "apart by its name and settings; define it with `def`, and give its numbers in "
                "`settings`"
            )

    def __call__(self, logits: jax.Array, targets: jax.Array) -> jax.Array:
        """Returns the loss of an image's logits and targets."""
        return self.loss(logits, targets, **self.settings)

    @functools.cached_property
    def facts(self) -> dict[str, Any]:
        """What decides the results of this method, as JSON has it.

        The program is that of the loss and its gradient, so an edited loss is another method.
        """
        logits = jax.ShapeDtypeStruct((4, 4, NETWORK.features), jnp.float32)
        targets = jax.ShapeDtypeStruct((4, 4), jnp.int32)
        program = jax.jit(jax.value_and_grad(self.__call__)).lower(logits, targets)
        return {
            "loss": f"{self.loss.__module__}.{self.loss.__qualname__}",
            "settings": dict(self.settings),
            "superpixels": self.superpixels and self.superpixels._asdict(),
            "program": hashlib.sha256(program.as_text().encode()).hexdigest(),
        }


def ce(logits: jax.Array, targets: jax.Array) -> jax.Array:
    """Cross entropy against the targets, the mean over the pixels."""
    return losses.cross_entropy(logits, targets).mean()


def ce_continuity(
    logits: jax.Array, targets: jax.Array, *, weight: float = 1.0
) -> jax.Array:
    """Cross entropy and spatial continuity (Kim et al., 2020)."""
    return ce(logits, targets) + weight * regularizers.spatial_continuity(logits)


def ce_gsc(
    logits: jax.Array, targets: jax.Array, *, gamma: float, top_c: int
) -> jax.Array:
    """Cross entropy and GSC."""
    return ce(logits, targets) + gamma * regularizers.gsc(logits, top_c=top_c).mean()


def ce_adr(
    logits: jax.Array, targets: jax.Array, *, gamma: float, tau: int
) -> jax.Array:
    """Cross entropy and ADR, Eq. (4)."""
    return ce(logits, targets) + gamma * regularizers.adr(logits, tau=tau).mean()


class Segmentation(NamedTuple):
    """A segmented image, and the curve of the training.

    Attributes:
        labels: The cluster of each pixel at the last step, int32 `[height, width]`.
        loss: The loss at each step, before its update, float32 `[steps]`.
        num_labels: The number of clusters at each step, int32 `[steps]`.
    """

    labels: np.ndarray
    loss: np.ndarray
    num_labels: np.ndarray


def segment(
    image: np.ndarray,
    method: Method,
    *,
    seed: int = 0,
    steps: int = 1000,
    min_labels: int = 3,
) -> Segmentation:
    """Segments one image without labels.

    Batch normalization uses the statistics of the image to the end. The labels are from before
    the last update, as in the image that the authors' code draws.

    Args:
        image: An RGB image, uint8 `[height, width, 3]`.
        method: The objective.
        seed: The seed of the first parameters.
        steps: The largest number of steps.
        min_labels: Training stops at this number of clusters or fewer.

    Returns:
        The labels, and the curve of the steps that were done.

    Raises:
        ValueError: If the image has another shape or type, or there is no step.
        NonFiniteLossError: If the loss is infinite or NaN.

    Reference:
        github.com/kanezaki/pytorch-unsupervised-segmentation and its -tip.
    """
    _check(image, steps)
    superpixels, bound = None, 0
    if method.superpixels is not None:
        superpixels = superpixels_of(image, method.superpixels)
        bound = _power_of_two(superpixels.max() + 1)
    pixels = jnp.asarray(image, jnp.float32) / 255
    sample = jnp.zeros((1, 8, 8, 3))  # the parameters do not depend on the size
    params = NETWORK.init(jax.random.key(seed), sample, train=True)["params"]
    state = params, _optimizer().init(params)
    curve: list[tuple[float, int]] = []
    labels = np.zeros(0, np.int32)
    for step in range(steps):
        state, loss, labels = _step(
            state, pixels, superpixels, method=method, num_superpixels=bound
        )
        labels = np.asarray(labels)
        curve.append((float(loss), np.unique(labels).size))
        if not np.isfinite(curve[-1][0]):
            raise train.NonFiniteLossError(f"the loss of step {step} is {loss}")
        if curve[-1][1] <= min_labels:
            break
    loss, num_labels = zip(*curve, strict=True)
    return Segmentation(
        labels, np.array(loss, np.float32), np.array(num_labels, np.int32)
    )


@functools.partial(jax.jit, static_argnames=("method", "num_superpixels"))
def _step(
    state: tuple[Any, optax.OptState],
    image: jax.Array,
    superpixels: jax.Array | np.ndarray | None,
    *,
    method: Method,
    num_superpixels: int,
) -> tuple[tuple[Any, optax.OptState], jax.Array, jax.Array]:
    """Returns the parameters and optimizer state after a step, the loss and the labels."""

    def objective(params: Any) -> tuple[jax.Array, jax.Array]:
        variables = {"params": params}
        logits, _ = NETWORK.apply(
            variables, image[None], train=True, mutable="batch_stats"
        )
        labels = jnp.argmax(logits[0], axis=-1)
        targets = labels
        if superpixels is not None:
            targets = majority(
                labels,
                superpixels,
                num_labels=NETWORK.features,
                num_superpixels=num_superpixels,
            )
        return method(logits[0], targets), labels

    params, optimizer_state = state
    (loss, labels), gradient = jax.value_and_grad(objective, has_aux=True)(params)
    updates, optimizer_state = _optimizer().update(gradient, optimizer_state, params)
    return (optax.apply_updates(params, updates), optimizer_state), loss, labels


def _optimizer() -> optax.GradientTransformation:
    return optimizers.sgd(RATE, momentum=MOMENTUM)


def majority(
    labels: jax.Array,
    superpixels: jax.Array | np.ndarray,
    *,
    num_labels: int,
    num_superpixels: int,
) -> jax.Array:
    """Returns for each pixel the most frequent label of its superpixel.

    The smallest label wins a tie.

    Args:
        labels: The label of each pixel in 0..num_labels-1, `[...]`.
        superpixels: The superpixel of each pixel in 0..num_superpixels-1, `[...]`.
        num_labels: An upper bound on the number of labels.
        num_superpixels: An upper bound on the number of superpixels.
    """
    pairs = superpixels * num_labels + labels
    counts = jnp.bincount(pairs.ravel(), length=num_superpixels * num_labels)
    winners = jnp.argmax(counts.reshape(num_superpixels, num_labels), axis=-1)
    return winners.astype(labels.dtype)[superpixels]


def superpixels_of(image: np.ndarray, settings: Superpixels) -> np.ndarray:
    """Returns the SLIC superpixel of each pixel, numbered from 0, int32 `[height, width]`.

    scikit-image converts the image from RGB to CIELAB. Kanezaki's code gives it BGR.
    """
    from skimage.segmentation import slic

    found = slic(
        image, n_segments=settings.num_segments, compactness=settings.compactness
    )
    _, numbers = np.unique(found, return_inverse=True)
    return numbers.reshape(found.shape).astype(np.int32)


def segmented(
    directory: pathlib.Path,
    image: np.ndarray,
    method: Method,
    *,
    seed: int = 0,
    steps: int = 1000,
    min_labels: int = 3,
) -> Segmentation:
    """Returns the result of `segment`, which is stored and computed only once.

    It is stored in one file, which is complete or not there. The name has a hash of all that
    decides the numbers; the file repeats it in words.

    Args:
        directory: The directory of the stored results.
        image: See `segment`, as the others.
        method: The objective.
        seed: The seed of the first parameters.
        steps: The largest number of steps.
        min_labels: Training stops at this number of clusters or fewer.

    Raises:
        WorkdirError: If the stored file is damaged.
    """
    _check(image, steps)
    facts = json.dumps(
        {
            "image": hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest(),
            "shape": image.shape,
            "method": method.facts,
            "network": repr(NETWORK),
            "rate": RATE,
            "momentum": MOMENTUM,
            "seed": seed,
            "steps": steps,
            "min_labels": min_labels,
        },
        sort_keys=True,
    )
    digest = hashlib.sha256(facts.encode()).hexdigest()[:16]
    path = directory / f"{method.loss.__name__}-{digest}.npz"
    if path.exists():
        return _read(path)
    result = segment(image, method, seed=seed, steps=steps, min_labels=min_labels)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, facts=facts, **result._asdict())
    _write(path, buffer.getvalue())
    return result


def _read(path: pathlib.Path) -> Segmentation:
    try:
        with np.load(path) as stored:
            return Segmentation(*(stored[name] for name in Segmentation._fields))
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError) as error:
        raise train.WorkdirError(
            f"{path} is damaged ({error}): delete it, and it will be computed again"
        ) from error


def _write(path: pathlib.Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _check(image: np.ndarray, steps: int) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3:
        raise ValueError(
            "the image must be uint8 of shape [height, width, 3], got "
            f"{image.dtype} of shape {image.shape}"
        )
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")


def _power_of_two(bound: int) -> int:
    """Returns a larger bound that more images share, and so the compiled programs."""
    return 1 << (int(bound) - 1).bit_length()


class Photo(NamedTuple):
    """A photo and its segmentations.

    Attributes:
        image: RGB, uint8 `[height, width, 3]`.
        truth: The segment of each pixel as each person drew them, integer `[height, width]`.
    """

    image: np.ndarray
    truth: Sequence[np.ndarray]


def read_bsds500(
    names: Sequence[str], data_dir: pathlib.Path | None = None
) -> dict[str, Photo]:
    """Reads photos of BSDS500's validation split by their names, such as "42012".

    Raises:
        DataError: If the data set is not prepared, or has no such photo.
    """
    try:
        examples = data.bsds500().examples("validation", data_dir)
    except (FileNotFoundError, ValueError) as error:
        raise DataError(str(error)) from error
    found = {example["id"].decode(): example for example in examples}
    if missing := [name for name in names if name not in found]:
        raise DataError(
            f"the validation split of BSDS500 has no photo {', '.join(missing)}; its photos "
            f"are {', '.join(sorted(found))}"
        )
    return {
        name: Photo(
            data.decode(found[name]["image"], 3),
            [
                data.decode(png, 1)[..., 0].astype(np.int32)
                for png in found[name]["segmentations"]
            ],
        )
        for name in names
    }


def scaled(image: np.ndarray, scale: float) -> np.ndarray:
    """Returns an image with its sides times `scale`, each pixel a mean of those it covers."""
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    return np.asarray(
        Image.fromarray(image).resize((width, height), Image.Resampling.BOX)
    )


def ious(labels: np.ndarray, truth: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Returns the matched IoU of every segment that each person drew.

    Each connected part of a label is an estimated segment. Labels of a smaller image are
    repeated to the size of the ground truth.

    Args:
        labels: The label of each pixel, integer `[height, width]`.
        truth: The segments that each person drew, integer `[height, width]`.
    """
    estimated = metrics.connected_segments(_resized(labels, truth[0].shape))
    bound = _power_of_two(estimated.max() + 1)
    found = []
    for segments in truth:
        values = metrics.matched_ious(
            estimated,
            segments,
            num_estimated=bound,
            num_truth=_power_of_two(segments.max() + 1),
        )
        found.append(np.asarray(values)[~np.isnan(values)])
    return found


def mean_iou(of_people: Sequence[np.ndarray]) -> float:
    """Returns the mIoU of an image: the mean over people of the mean IoU of their segments."""
    return float(np.mean([values.mean() for values in of_people]))


def _resized(labels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    rows, columns = (
        np.arange(new) * old // new
        for new, old in zip(shape, labels.shape, strict=True)
    )
    return labels[rows][:, columns]


class Panel(NamedTuple):
    """A panel of `draw`.

    Attributes:
        pixels: An image, uint8 `[height, width, 3]`, or labels, integer `[height, width]`.
        caption: The text below it.
    """

    pixels: np.ndarray
    caption: str = ""


def draw(path: pathlib.Path, rows: Sequence[Mapping[str, Panel]]) -> None:
    """Draws images and segmentations side by side.

    Args:
        path: The PNG to write.
        rows: The panels of each image, by the title of their column.
    """
    with plots.panels(path, len(rows), len(rows[0]), side=1.9) as axes:
        for line, panels in zip(axes, rows, strict=True):
            for axis, panel in zip(line, panels.values(), strict=True):
                is_labels = panel.pixels.ndim == 2
                axis.imshow(colored(panel.pixels) if is_labels else panel.pixels)
                axis.set(xticks=[], yticks=[], xlabel=panel.caption)
                axis.spines[:].set_visible(False)
                axis.grid(False)
        for axis, title in zip(axes[0], rows[0], strict=True):
            axis.set_title(title, fontsize=10)


def colored(labels: np.ndarray) -> np.ndarray:
    """Returns an RGB image with a color for each label, uint8 `[height, width, 3]`.

    The largest segments have the first colors, so methods are easier to compare.
    """
    _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    ranks = np.argsort(np.argsort(-counts, kind="stable"))[numbers]
    strong_first = 2 * (ranks % 10) + ranks // 10 % 2  # tab20 has pairs of a hue
    colors = colormaps["tab20"](strong_first.reshape(labels.shape), bytes=True)
    return np.asarray(colors)[..., :3]
