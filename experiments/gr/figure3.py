"""GR, Fig. 3: abnormal training examples of CIFAR-10 and CIFAR-10N.

    python -m experiments.gr.figure3                # GR of Table 3 at 40 %, and CIFAR-10N
    python -m experiments.gr.figure3 --reduced      # ResNet-8, 8 epochs
    python -m experiments.gr.figure3 --smoke

Training images with a wrong label, each above its true class. The paper's first row is of CIFAR-10,
with labels that noise has changed, here to "horse". They are sorted by the probability that the
network of Table 3 with GR gives to this label: the first are the least likely, and a row
has those that it finds the most likely. The paper does not say how its examples are chosen.

Two more rows are not in the paper: images of CIFAR-10N that people took for horses. The paper has
tracklets of MARS there, whose wrong labels nobody has listed.

Below the figure stands how well the probability of the label separates right labels from wrong
ones: the area under the ROC curve over all training images, 50 % for chance. GR is meant to give
wrong labels a low probability.

In full: nothing after Table 3, and 10 minutes for CIFAR-10N on one GPU; reduced, 24 minutes.
"""

from collections.abc import Mapping
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.metrics import roc_auc_score

from adrjax import train
from experiments import mistakes
from experiments.gr.recipes import cifar10_n, class_names, gr
from experiments.gr.table3 import rows
from experiments.harness import Context, Figure, Run, main, plots

HORSE, SHOWN = 7, 10


def runs() -> Mapping[str, Run]:
    """Returns the networks: one of Table 3, and that of Table 6, reduced, at full size."""
    return {
        "CIFAR-10, 40 % wrong": Run(*rows()["40 %, lam 1"]),
        "CIFAR-10N": Run(cifar10_n(), gr(beta=16.0, lam=1.0)),
    }


def probs_of_labels(x: train.Examples) -> jax.Array:
    """Returns the probability of each label."""
    probs = jax.nn.softmax(x.outputs.logits)
    return jnp.take_along_axis(probs, x.labels[..., None], axis=-1)[..., 0]


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the wrong horses, and prints how well the network finds wrong labels."""
    shown = {}
    for row in context.rows:
        run = context.of(row)[0].run
        splits = context.runner.splits(run)
        split, true = splits.split("train"), splits.true_labels("train")
        labels = np.asarray(split.labels)
        is_wrong = labels != true
        if not is_wrong.any():  # the smoke run of CIFAR-10N
            continue
        probs = context.runner.network(run).map(probs_of_labels, split)
        context.say(
            f"{row}: a right label is more likely than a wrong one in "
            f"{100 * roc_auc_score(~is_wrong, probs):.1f} % of pairs"
        )
        names = np.array(class_names(context, run.recipe.data.dataset))
        horses = np.flatnonzero(is_wrong & (labels == HORSE))
        horses = horses[np.argsort(probs[horses], kind="stable")]
        for word, places in (
            ("least likely", horses[:SHOWN]),
            ("most likely", horses[::-1][:SHOWN]),
        ):
            if len(places):
                images = mistakes.read_images(split, places)
                pairs = zip(names[true[places]], probs[places], strict=True)
                captions = [f"{name}, {prob:.2f}" for name, prob in pairs]
                shown[f'{row}: labelled "{names[HORSE]}", {word}'] = images, captions
    if not shown:
        return []
    path = context.directory / "figure3.png"
    plots.sheet(shown, path)
    return [path]


PAGE = Figure(
    needs="CIFAR-10 and CIFAR-10N; one network of Table 3 and one more: a GPU",
    full="10 minutes after Table 3, 20 without, on one GPU",
    reduced="24 minutes on 2 CPU cores",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
