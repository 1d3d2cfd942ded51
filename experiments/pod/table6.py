"""POD, Table 6: softmax and POD on nine data sets, ResNet-50.

    python -m experiments.pod.table6                              # every cell, three seeds
    python -m experiments.pod.table6 --rows "ImageNet(100)" --seeds 1 --num-workers 16
    python -m experiments.pod.table6 --reduced                    # CIFAR-10 of Table 4, reduced
    python -m experiments.pod.table6 --smoke

Table 4 has the networks of the first four rows, which are trained once. ImageNet(N) has the first N
classes of ImageNet, batches of 96, and a weight decay of 1e-4.

The claim of Section 4.2.4: "with the increase of the number of classes in the dataset, the
classification accuracy of POD Loss is gradually approaching Softmax Loss". The paper's gains on
ImageNet are 6.61, 4.11, 1.68, 0.42 and 0.43, so they fall up to 500 classes only. The figure has
the gain by the number of classes.

Not in the paper: which classes are the "top N", the first in the order of the WordNet ids here; the
crops, random resized ones of 224 pixels in training and central ones in the test, with a flip. It
has 1,282,166 training and 51,000 test images, ILSVRC 1,281,167 and 50,000.

Reduced: no data set but CIFAR-10, with the networks of Table 4, reduced.

On one GPU and 16 CPU cores that decode images, three seeds of ImageNet(30), (100), (200), (500) and
(1000) take 2.4, 8, 16, 40 and 79 hours.
"""

import pathlib

from experiments.harness import Cell, Context, Table, main, plots
from experiments.pod import gains, recipes
from experiments.pod.gains import LOSSES, TEST


def cell(name: str, loss: str) -> Cell:
    return Cell(recipes.run(loss, name), TEST)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the gain of POD by the number of classes, beside the paper's."""
    gains.say(context, PAGE)
    path = context.directory / "table6.png"
    kinds = {"small images": recipes.DATASETS, "ImageNet": recipes.IMAGENETS}
    with plots.panels(path, 1, 1, side=3.6) as axes:
        axis = axes[0, 0]
        for kind, names in kinds.items():
            found = {
                row: gains.here(context, row) for row in context.rows if row in names
            }
            rows = [row for row, gain in found.items() if gain is not None]
            if not rows:
                continue
            classes = [recipes.ALL[row].dataset.num_classes for row in rows]
            styles = ("o-", "x--") if kind == "ImageNet" else ("o", "x")
            ours = [found[row] for row in rows]
            (line,) = axis.plot(classes, ours, styles[0], label=f"{kind}, here")
            theirs = [gains.printed(PAGE, row) for row in rows]
            color = line.get_color()
            axis.plot(classes, theirs, styles[1], color=color, label=f"{kind}, paper")
        axis.axhline(0, color="#999999", linewidth=0.8)
        axis.set(xscale="log", xlabel="classes", ylabel="top1 of POD minus Softmax")
        axis.legend(fontsize=8)
    return [path]


PAGE = Table(
    needs="CIFAR, Tiny ImageNet, FaceScrub and ImageNet; 54 networks: GPUs",
    full="145 hours on one GPU after Table 4",
    reduced="seconds after Table 4, 12 minutes without, on 2 CPU cores",
    rows=[*recipes.ALL],
    columns=LOSSES,
    cell=cell,
    paper="""
                        Softmax  POD
        CIFAR-10        93.25    94.31
        CIFAR-100       76.42    79.17
        Tiny ImageNet   62.10    64.58
        FaceScrub       91.04    95.22
        ImageNet(30)    79.86    86.47
        ImageNet(100)   78.25    82.36
        ImageNet(200)   82.06    83.74
        ImageNet(500)   82.14    82.56
        ImageNet(1000)  75.65    76.08
    """,
    draw=draw,
    reduced_rows=["CIFAR-10"],
    notes=["Below: the gain of POD, in brackets the paper's."],
)

if __name__ == "__main__":
    main(PAGE)
