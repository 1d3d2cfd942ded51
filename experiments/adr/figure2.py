"""ADR, Fig. 2: where the predictions of a network lie on ADR's curve during training.

    python -m experiments.adr.figure2                # CIFAR-10, AlexNet, 164 epochs
    python -m experiments.adr.figure2 --reduced      # 20 epochs
    python -m experiments.adr.figure2 --smoke

The paper's figure is a drawing of three phases: cross entropy moves a prediction to the positive
side (blue arrow), and ADR moves it on to one side (green arrow). Here are the test images of two
networks of Table 3, CE and CE + GSC, before training and after 1, 5, 20, 81 and 164 epochs. Above
stands F of GSC over the largest probability of ten classes, where the other nine share the rest;
then its slope along the largest logit; below the largest probabilities. The grey band has 90 % of
them. The arrows are the mean descent on the largest logit of CE and of gamma times F, at the mean
probability; they have one length, and their sizes stand beside them.

F with tau = 2 has its peak at 65.2 %. Below it descent flattens a prediction, except below 11 %;
above it descent sharpens. The paper's figure does not show the first. For each network the page
prints the share of images below the peak, and the share whose largest logit is raised by descent on
F. The other classes of an image do not share the rest equally, so the two shares differ.

Not in the paper: the epochs, gamma and tau (those of Table 3), and the training (that of Table 3).

In full two networks of 164 epochs: 4 minutes on a GPU.
"""

from collections.abc import Mapping
import dataclasses
import functools
import pathlib
from typing import NamedTuple

import jax
import jax.numpy as jnp
from matplotlib.axes import Axes
import numpy as np

from adrjax import losses, regularizers
from experiments.adr.behaviour import one_against_rest, peak
from experiments.adr.table3 import ALEXNET
from experiments.harness import Context, Epochs, Figure, Method, Run, main, plots
from experiments.harness.result import Result
from experiments.losses import ce_gsc

NUM_CLASSES, TAU, GAMMA = 10, 2, 0.05
EPOCHS = (0, 1, 5, 20, 81, 164)
PHASES = ("early", "middle", "late")
METHODS = {
    "CE": Method(losses.cross_entropy),
    "CE+GSC": Method(ce_gsc, {"gamma": GAMMA, "top_c": TAU}),
}
COLORS = {"CE": "#3b6fb6", "CE+GSC": "#3a9d6e"}


class Phase(NamedTuple):
    """The predictions of a network after an epoch.

    Attributes:
        confidences: The largest probability of each image, `[n]`.
        of_ce: The mean descent of cross entropy on the largest logit.
        of_gsc: The mean descent of gamma times GSC on the largest logit.
        sharpened: The share of images whose largest logit is raised by descent on GSC.
    """

    confidences: np.ndarray
    of_ce: float
    of_gsc: float
    sharpened: float


def runs() -> Mapping[str, Run]:
    """Returns the networks."""
    recipe = dataclasses.replace(
        ALEXNET, name="cifar10 alexnet snapshots", snapshots=EPOCHS
    )
    reduced = dataclasses.replace(recipe, length=Epochs(20), reduced=None)
    recipe = dataclasses.replace(recipe, reduced=reduced)
    return {name: Run(recipe, method) for name, method in METHODS.items()}


def steps_of(result: Result) -> dict[int, int]:
    """Returns the step of each epoch whose checkpoint is kept."""
    steps = {0: 0} | {record["epoch"]: record["step"] for record in result.history}
    return {epoch: steps[epoch] for epoch in EPOCHS if epoch in steps}


@jax.jit
def descents(logits: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Returns minus the gradients of cross entropy and of gamma times GSC, `[n, c]`."""

    def ce(z: jax.Array) -> jax.Array:
        return losses.cross_entropy(z, labels).sum()

    def gsc(z: jax.Array) -> jax.Array:
        return GAMMA * regularizers.gsc(z, top_c=TAU).sum()

    return -jax.grad(ce)(logits), -jax.grad(gsc)(logits)


def phase(logits: np.ndarray, labels: np.ndarray) -> Phase:
    """Returns where predictions lie, and where descent moves them.

    Args:
        logits: `[n, c]`.
        labels: `[n]`.
    """
    tops = logits.argmax(-1)[:, None]
    probs = np.asarray(jax.nn.softmax(jnp.asarray(logits)))
    of_ce, of_gsc = (
        np.take_along_axis(np.asarray(x), tops, axis=-1)
        for x in descents(jnp.asarray(logits), jnp.asarray(labels))
    )
    confidences = np.take_along_axis(probs, tops, axis=-1)[:, 0]
    sharpened = float((of_gsc > 0).mean())  # the gradient of F has the sum 0
    return Phase(confidences, float(of_ce.mean()), float(of_gsc.mean()), sharpened)


@functools.cache
def curve() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the largest probability, GSC and its slope along the largest logit."""
    odds = np.linspace(-np.log(NUM_CLASSES - 1), 7, 300)
    of = jax.jit(
        jax.vmap(jax.value_and_grad(functools.partial(regularizers.gsc, top_c=TAU)))
    )
    values, gradients = of(one_against_rest(odds, NUM_CLASSES))
    slopes = np.asarray(gradients)[:, 0]
    return 1 / (1 + np.exp(-odds)), np.asarray(values), slopes


def turning_point() -> float:
    """Returns the probability at the peak of GSC, from which descent sharpens."""
    return float(peak("gsc", NUM_CLASSES, TAU, NUM_CLASSES - 1)[0])


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figure, and prints the shares of images below the peak."""
    phases: dict[int, dict[str, Phase]] = {}
    for name in context.rows:
        result = context.of(name)[0]
        test = context.runner.splits(result.run).split("test")
        for epoch, step in steps_of(result).items():
            found = context.runner.network(result.run, step).predict(test)
            of = phases.setdefault(epoch, {})[name] = phase(found.logits, found.labels)
            context.say(f"epoch {epoch}, {name}: {statement(of)}")
    path = context.directory / "figure2.png"
    draw_phases(path, phases)
    return [path]


def draw_phases(path: pathlib.Path, phases: Mapping[int, Mapping[str, Phase]]) -> None:
    """Draws the figure.

    Args:
        path: The PNG to write.
        phases: The predictions of each network by epoch.
    """
    with plots.panels(path, 3, len(phases), side=2.5) as axes:
        for i, (column, epoch) in enumerate(zip(axes.T, phases, strict=True)):
            draw_phase(column, phases[epoch])
            column[0].set_title(f"{PHASES[3 * i // len(phases)]}: epoch {epoch}")
        for axis, label in zip(
            axes[:, 0],
            (f"F of GSC, tau = {TAU}", "slope along the largest logit", "images, %"),
            strict=True,
        ):
            axis.set_ylabel(label)
        axes[2, 0].legend(fontsize=8)
        axes[0, 0].figure.suptitle(
            "Claimed: ADR (green) moves predictions on to one side; left of the dotted "
            "line it moves them back"
        )


def statement(of: Phase) -> str:
    """Returns the numbers of a phase."""
    low, middle, high = 100 * np.quantile(of.confidences, (0.05, 0.5, 0.95))
    below = 100 * float((of.confidences < turning_point()).mean())
    return (
        f"largest probability {low:.1f}, {middle:.1f}, {high:.1f} % (5, 50, 95 % of the "
        f"images); below the peak {below:.1f} %; sharpened {100 * of.sharpened:.1f} %; "
        f"mean descent on the largest logit, CE {of.of_ce:+.2g}, GSC {of.of_gsc:+.2g}"
    )


def draw_phase(column: np.ndarray, of: Mapping[str, Phase]) -> None:
    """Draws the predictions after an epoch.

    Args:
        column: The axes of F, of its slope and of the probabilities.
        of: The predictions of each network.
    """
    confidences, values, slopes = curve()
    shown = of.get("CE+GSC") or next(iter(of.values()))
    low, high = np.quantile(shown.confidences, (0.05, 0.95))
    column[0].plot(confidences, values, color="#e0a63b")
    column[1].plot(confidences, slopes, color="#e0a63b")
    for axis in column[:2]:
        axis.axvspan(low, high, color="#999999", alpha=0.3, lw=0)
    column[1].axhline(0, color="#666666", linewidth=0.8)
    for axis in column:
        axis.axvline(turning_point(), color="#666666", linestyle=":", linewidth=1.2)
        axis.set_xlim(1 / NUM_CLASSES, 1)
    place = float(shown.confidences.mean()), float(values.max())
    arrow(column[0], place[0], 1.12 * place[1], shown.of_ce, COLORS["CE"])
    arrow(column[0], place[0], 1.3 * place[1], shown.of_gsc, COLORS["CE+GSC"])
    column[0].set_ylim(0, 1.5 * place[1])
    bins = np.linspace(1 / NUM_CLASSES, 1, 37)
    for name, found in of.items():
        weights = np.full(len(found.confidences), 100 / len(found.confidences))
        column[2].hist(
            found.confidences,
            bins,
            weights=weights,
            histtype="step",
            color=COLORS[name],
            label=name,
        )
    column[2].set_xlabel("largest probability")


def arrow(axis: Axes, x: float, y: float, descent: float, color: str) -> None:
    """Draws the direction of a descent on the largest logit, with its size."""
    end = x + np.copysign(0.12, descent)
    style = {"arrowstyle": "->", "color": color, "linewidth": 2}
    axis.annotate("", (end, y), (x, y), arrowprops=style)
    place = np.clip((x + end) / 2, 0.25, 0.85), y
    words = {"color": color, "fontsize": 7, "ha": "center", "va": "bottom"}
    axis.annotate(f"{descent:+.2g}", place, (0, 3), textcoords="offset points", **words)


PAGE = Figure(
    needs="CIFAR-10; a GPU",
    full="4 minutes on a GPU",
    reduced="35 minutes on 2 CPU cores",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
