"""ADR, GSC and GR on scikit-learn's digits: real images, no download.

    python -m experiments.quickstart

A small network on 8 x 8 digits. With clean labels: cross entropy (CE), label smoothing (LS),
and CE with the regularizers of ADR and GSC. With 40 % of the training labels flipped to another
class: CE and gradient rescaling (GR). The settings are those of ADR's Table 3 and of GR's Table 5
(beta = 8, lambda = 0.5), with the normalization over the batch of the GR authors' layer, and with
the 1e-8 of their later code (ProSelfLC, 2021): without them GR multiplies the first steps by five
and diverges here. Exactly 40 % of the labels are wrong, where GR draws each label on its own.
Nothing was tuned on these digits. Differences within the spread over the seeds mean nothing: the
page shows that everything runs, not which loss is the best.
"""

import dataclasses
import functools
import pathlib

import optax

from adrjax import backbones, data, heads, losses, noise
from experiments.adr import figure4
from experiments.harness import (
    Cell,
    Classification,
    Context,
    Data,
    Epochs,
    Method,
    Recipe,
    Run,
    Table,
    main,
    plots,
)
from experiments.harness.metrics import ECE, TOP1
from experiments.losses import ce_adr, ce_gsc, label_smoothing


def optimizer(steps: int) -> optax.GradientTransformation:
    return optax.sgd(optax.cosine_decay_schedule(0.05, steps), momentum=0.9)


CLEAN = Recipe(
    name="digits",
    data=Data(dataset=data.digits()),
    model=heads.Classifier(backbones.DigitsCNN(), heads.Linear(10)),
    batch_size=64,
    length=Epochs(18),
    evaluate_every=Epochs(2),
    optimizer=optimizer,
    evaluations={"test": Classification({"top1": TOP1, "ECE": ECE})},
)
FLIP = functools.partial(noise.symmetric, num_classes=10, rate=0.4)
NOISY = dataclasses.replace(
    CLEAN,
    name="digits 40 % wrong",
    data=dataclasses.replace(CLEAN.data, noise=FLIP),
)
GR = {"beta": 8.0, "lam": 0.5, "eps": 1e-8, "normalize": True, "axis_name": "batch"}
ROWS = {
    "CE": (CLEAN, Method(losses.cross_entropy)),
    "LS": (CLEAN, Method(label_smoothing, {"alpha": 0.1})),
    "CE+ADR": (CLEAN, Method(ce_adr, {"gamma": 0.05, "tau": 2})),
    "CE+GSC": (CLEAN, Method(ce_gsc, {"gamma": 0.05, "top_c": 2})),
    "40 % wrong: CE": (NOISY, Method(losses.cross_entropy)),
    "40 % wrong: GR": (NOISY, Method(losses.gradient_rescaling, GR)),
}


def cell(row: str, metric: tuple[str, str]) -> Cell:
    recipe, method = ROWS[row]
    name, at = metric
    return Cell(Run(recipe, method), name, "best" if at == "best" else "last")


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the learning curves, the reliability diagrams and ADR's Fig. 4."""
    names = ("learning_curves.png", "reliability.png", "adr_figure4.png")
    curves, diagrams, functions = (context.directory / name for name in names)
    groups = {
        title: {
            row: context.of(row) for row in context.rows if ("40 %" in row) == is_noisy
        }
        for title, is_noisy in (("clean labels", False), ("40 % wrong labels", True))
    }
    groups = {title: rows for title, rows in groups.items() if rows}
    plots.curves(groups, curves, keys=["test/top1", "train_loss"])
    plots.reliability(context, diagrams)
    figure4.draw_functions(functions)
    return [curves, diagrams, functions]


PAGE = Table(
    needs="scikit-learn's digits, which are installed with it",
    full="90 seconds on 2 CPU cores",
    rows=[*ROWS],
    columns={
        "top1": ("test/top1", "last"),
        "ECE": ("test/ECE", "last"),
        "best top1": ("test/top1", "best"),
    },
    cell=cell,
    draw=draw,
)

if __name__ == "__main__":
    main(PAGE)
