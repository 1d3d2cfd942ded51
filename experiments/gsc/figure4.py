"""GSC, Fig. 4: the slope of cross entropy, and the entropy of two classes.

    python -m experiments.gsc.figure4                    # writes runs/gsc.figure4/figure4.png

Panel (a) is the slope -1 / p of cross entropy, by the probability p of the label. Panel (b) is the
entropy E of a positive score P and a negative score N = 1 - P, in nats, and its slope
log(N / P), Eq. (3). The text says that the size of this slope rises from 0 at P = 0.5 to 2.2 at
0.9; it is 2.197 there. Both slopes are with respect to a probability: with respect to the logit
they are p (1 - p) times as large. That of cross entropy is then p - 1, and that of the entropy has
its largest size, 0.224, at 0.824 and is 0 at 0.5 and at 1.
"""

import pathlib

import jax
import jax.numpy as jnp

from adrjax.losses import cross_entropy
from adrjax.regularizers import entropy
from experiments.adr.figure4 import curve
from experiments.harness import Context, Figure, main, plots


def label_loss(logits: jax.Array) -> jax.Array:
    """Returns the cross entropy of the first class."""
    return cross_entropy(logits, 0)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figure into the directory of the page."""
    path = context.directory / "figure4.png"
    p = jnp.linspace(0.02, 0.998, 490)
    score = jnp.linspace(0.002, 0.998, 499)
    named = jnp.array([0.5, 0.9])
    with plots.panels(path, 1, 2, side=3.4) as axes:
        left, right = axes[0]
        left.plot(p, curve(label_loss, p)[1])
        left.set(title="(a) slope of cross entropy", xlabel="probability of the label")
        left.set(ylabel="slope")
        value, slope = curve(entropy, score)
        (line,) = right.plot(score, value, label="E")
        right.set(title="(b) entropy of P and N = 1 - P", xlabel="positive score P")
        right.set(ylabel="E, nats")
        beside = right.twinx()
        beside.spines["right"].set_visible(True)
        beside.grid(visible=False)
        (slopes,) = beside.plot(score, slope, "--", color="#e07b39", label="slope of E")
        for at, y in zip(
            named.tolist(), curve(entropy, named)[1].tolist(), strict=True
        ):
            beside.plot(at, y, "o", color="#e07b39", markersize=4)
            beside.annotate(
                f"{y + 0:.3f}",
                (at, y),
                xytext=(-6, -12),
                ha="right",
                textcoords="offset points",
                fontsize=8,
            )
        beside.set(ylabel="slope of E")
        right.legend(handles=[line, slopes], fontsize=8, loc="lower center")
    return [path]


PAGE = Figure(needs="nothing", full="seconds on a CPU", draw=draw)

if __name__ == "__main__":
    main(PAGE)
