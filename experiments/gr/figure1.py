"""GR, Fig. 1 and Table 1: the weight of an example by the probability of its label.

    python -m experiments.gr.figure1                     # writes runs/gr.figure1/figure1.png

The weight of an example is the L1 norm of the gradient by its logits, here of two classes. Panels
(a) to (c) are those of the paper, Eq. (6) without a normalization. GCE's q is not in the paper;
the figure's peak of 0.63 fits 0.7.

Panel (d) is not in the paper: the weights of panel (a) as they were run. The authors' layer
divides them by their sum over the batch; here the mean is over probabilities that are spread
evenly between 0 and 1. Its eps of 1e-6 ends the weight of examples that are learnt to a log-odds
of about 14; without it the weight stays at exp(0) = 1 before the division.

Table 1 is computed from the same weights. The emphasis focus is the probability at the largest
weight, and the emphasis spread the variance of the weights, which the paper does not print, for
evenly spread probabilities. A spread is adjustable if settings with one focus have several.
"""

from collections.abc import Callable, Mapping, Sequence
import functools
import pathlib
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import losses, metrics
from experiments.harness import Context, Figure, main, plots

Loss = Callable[..., jax.Array]
POINTS = 6000
EPS = 1e-6


def gr(beta: float, lam: float, **settings: float) -> Loss:
    """Returns GR with its settings."""
    return functools.partial(losses.gradient_rescaling, beta=beta, lam=lam, **settings)


def gce(q: float) -> Loss:
    """Returns GCE with its setting."""
    return functools.partial(losses.generalized_cross_entropy, q=q)


def gr_curves(*settings: tuple[float, float]) -> dict[str, Loss]:
    """Returns GR by name for pairs of beta and lambda."""
    return {f"GR ({beta:g}, {lam:g})": gr(beta, lam) for beta, lam in settings}


COMPARED = {
    **gr_curves((8, 0.5), (12, 1), (2, 0)),
    "CCE": losses.cross_entropy,
    "MAE": losses.mean_absolute_error,
    "GCE, q = 0.7": gce(0.7),
}
PANELS: Mapping[str, Mapping[str, Loss]] = {
    "(a) GR (beta, lambda), CCE, MAE, GCE": COMPARED,
    "(b) lambda = 0.5 and 2": gr_curves(
        (4, 0.5), (8, 0.5), (12, 0.5), (12, 2), (16, 2), (20, 2)
    ),
    "(c) beta = 8": gr_curves((8, 0.25), (8, 0.5), (8, 1), (8, 2)),
}
AS_RUN = {
    "GR (8, 0.5)": gr(8, 0.5, eps=EPS),
    "GR (12, 1)": gr(12, 1, eps=EPS),
    "GR (2, 0)": gr(2, 0, eps=EPS),
}


class Supervision(NamedTuple):
    """A line of Table 1.

    Attributes:
        losses: The losses of several settings.
        focus: The emphasis focus as the paper prints it.
        adjustable: Whether the spread is adjustable, as the paper prints it.
    """

    losses: Mapping[str, Loss]
    focus: str
    adjustable: str


TABLE1 = {
    "CCE": Supervision({"": losses.cross_entropy}, "0", "No"),
    "MAE": Supervision({"": losses.mean_absolute_error}, "0.5", "No"),
    "GCE": Supervision({f"q = {q}": gce(q) for q in (0.1, 0.7, 1.0)}, "0~0.5", "No"),
    "GR": Supervision(
        {
            f"beta = {beta}, lambda = {lam}": gr(beta, lam)
            for beta, lam in ((2, 0), (4, 0.5), (8, 0.5), (12, 0.5), (12, 1), (20, 2))
        },
        "0~1",
        "Yes",
    ),
}


def probs() -> np.ndarray:
    """Returns evenly spread probabilities, the middles of equal parts of [0, 1]."""
    return (np.arange(POINTS) + 0.5) / POINTS


def weights(loss: Loss, log_odds: np.ndarray) -> jax.Array:
    """Returns the weights of examples of two classes.

    Args:
        loss: The loss.
        log_odds: The log-odds of the label, `[n]`.
    """
    logits = jnp.stack([jnp.asarray(log_odds), jnp.zeros(len(log_odds))], axis=-1)
    return metrics.example_weights(loss, logits, jnp.zeros(len(log_odds), int))


def weights_at(loss: Loss, p: np.ndarray) -> jax.Array:
    """Returns the weights of examples by the probability of their label."""
    return weights(loss, np.log(p) - np.log1p(-p))


def normalized(loss: Loss, log_odds: np.ndarray) -> jax.Array:
    """Returns the weights divided by their mean over evenly spread probabilities."""
    return weights(loss, log_odds) / weights_at(loss, probs()).mean()


def focus_and_spread(loss: Loss) -> tuple[float, float]:
    """Returns the emphasis focus and spread for evenly spread probabilities."""
    p = probs()
    found = weights_at(loss, p)
    focus = metrics.emphasis_focus(found, jnp.asarray(p, found.dtype))
    return float(focus), float(metrics.emphasis_spread(found))


def is_adjustable(pairs: Sequence[tuple[float, float]]) -> bool:
    """Returns whether settings with one focus have several spreads."""
    spreads: dict[float, set[float]] = {}
    for focus, spread in pairs:
        spreads.setdefault(round(focus, 3), set()).add(round(spread, 6))
    return any(len(found) > 1 for found in spreads.values())


def table1() -> str:
    """Returns Table 1, computed, with the paper's words in brackets."""
    lines = [
        "| supervision | setting | emphasis focus | emphasis spread | adjustable spread |",
        "| --- | --- | ---: | ---: | --- |",
    ]
    for name, supervision in TABLE1.items():
        pairs = [focus_and_spread(loss) for loss in supervision.losses.values()]
        adjustable = "Yes" if is_adjustable(pairs) else "No"
        for setting, (focus, spread) in zip(supervision.losses, pairs, strict=True):
            cells = [
                name,
                setting,
                f"{focus:.3f} ({supervision.focus})",
                f"{spread:.3g}",
                f"{adjustable} ({supervision.adjustable})",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw_weights(path: pathlib.Path) -> None:
    """Draws the figure.

    Args:
        path: The PNG to write.
    """
    p = probs()
    with plots.panels(path, 2, 2) as axes:
        for axis, (title, curves) in zip(axes.flat, PANELS.items(), strict=False):
            for name, loss in curves.items():
                axis.plot(p, weights_at(loss, p), label=name)
            axis.set(title=title, xlabel="probability of the label")
        axis, log_odds = axes[1, 1], np.linspace(-8, 20, 500)
        for name, loss in COMPARED.items():
            (line,) = axis.plot(log_odds, normalized(loss, log_odds), label=name)
            if name in AS_RUN:
                of_run = normalized(AS_RUN[name], log_odds)
                axis.plot(log_odds, of_run, "--", color=line.get_color())
        axis.set(
            title="(d) divided by the mean; dashed: eps",
            xlabel="log-odds of the label",
        )
        for axis in axes.flat:
            axis.legend(fontsize=7)
        for axis in axes[:, 0]:
            axis.set_ylabel("weight")


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figure into the directory of the page, and prints Table 1."""
    path = context.directory / "figure1.png"
    draw_weights(path)
    context.say(f"Table 1, in brackets the paper's words\n\n{table1()}\n")
    return [path]


PAGE = Figure(needs="nothing", full="seconds on a CPU", draw=draw)

if __name__ == "__main__":
    main(PAGE)
