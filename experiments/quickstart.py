"""ADR, GSC and GR on scikit-learn's digits: real images, no download.

    python -m experiments.quickstart

A small network on 8 x 8 digits. With clean labels: cross entropy (CE), label smoothing (LS),
and CE with the regularizers of ADR and GSC. With 40 % of the training labels flipped to another
class: CE and gradient rescaling (GR). The settings are those of ADR's Table 3 and of GR's Table 5
(beta = 8, lambda = 0.5), with the normalization and the 1e-8 of the GR authors' later code
(ProSelfLC, 2021): without them GR multiplies the first steps by five and diverges here. Nothing
was tuned on these digits. Differences within the spread over the seeds mean nothing: the page
shows that everything runs, not which loss is the best.
"""

import dataclasses
import functools
import pathlib

import jax
import optax

from adrjax import backbones, data, heads, noise
from adrjax.losses import cross_entropy as ce
from adrjax.losses import gradient_rescaling as gr
from adrjax.regularizers import adr, gsc
from adrjax.targets import smooth_labels
from experiments import figure
from experiments.adr import figure4
from experiments.columns import ece, top1
from experiments.rows import Recipe, Row
from experiments.table import Runs, Table

clean = Recipe(
    dataset=data.digits(),
    model=heads.Classifier(backbones.DigitsCNN(), heads.Linear(10)),
    batch_size=64,
    epochs=20,
    optimizer=lambda steps: optax.sgd(
        optax.cosine_decay_schedule(0.05, steps), momentum=0.9
    ),
)
noisy = dataclasses.replace(
    clean, noise=functools.partial(noise.symmetric, num_classes=10, rate=0.4)
)


def ls(y: jax.Array) -> jax.Array:
    return smooth_labels(y, num_classes=10, alpha=0.1)


def figures(runs: Runs, directory: pathlib.Path) -> list[pathlib.Path]:
    """Draws the learning curves, the reliability diagrams and ADR's Fig. 4."""
    names = ("learning_curves.png", "reliability.png", "adr_figure4.png")
    curves, diagrams, functions = (directory / name for name in names)
    groups = {
        "clean labels": {k: v for k, v in runs.items() if not k.startswith("40 %")},
        "40 % wrong labels": {k: v for k, v in runs.items() if k.startswith("40 %")},
    }
    figure.learning_curves({k: v for k, v in groups.items() if v}, curves)
    figure.reliability(runs, diagrams)
    figure4.draw(functions)
    return [curves, diagrams, functions]


# fmt: off
TABLE = Table(
    name="quickstart",
    doc=__doc__,
    needs="scikit-learn's digits, which are installed with it; two minutes on 2 CPU cores",
    columns={"top1": top1, "ECE": ece},
    rows=(
        Row("CE", clean, ce),
        Row("LS", clean, lambda z, y: ce(z, ls(y))),
        Row("CE+ADR", clean, {"base": ce, "regularizer": lambda z, _: 0.05 * adr(z, tau=2)}),
        Row("CE+GSC", clean, {"base": ce, "regularizer": lambda z, _: 0.05 * gsc(z, top_c=2)}),
        Row("40 % wrong: CE", noisy, ce),
        Row("40 % wrong: GR", noisy, lambda z, y: gr(z, y, beta=8.0, lam=0.5, eps=1e-8, normalize=True, axis_name="batch")),
    ),
    figures=figures,
)
# fmt: on

if __name__ == "__main__":
    TABLE.main()
