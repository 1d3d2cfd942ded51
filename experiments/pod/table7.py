"""POD, Table 7: softmax and POD with ResNet-50, DenseNet-121 and MobileNetV2.

    python -m experiments.pod.table7                              # every cell, three seeds
    python -m experiments.pod.table7 --rows MobileNetV2 --seeds 1
    python -m experiments.pod.table7 --reduced                    # MobileNetV2 on CIFAR-10, 10 epochs
    python -m experiments.pod.table7 --smoke

Table 4 has the networks of the rows of ResNet50, which are trained once. The networks differ in the
backbone only: FC1 maps its 2048, 1024 or 1280 features to n.

Not in the paper: the stem of DenseNet121, here the one of ResNet50 for small images, because the
one for ImageNet leaves a map of one pixel of 32, and 94 % need more. MobileNetV2 is unchanged: its
accuracies are 10 points and more below the others, which fits a map of one pixel. Its dropout of
0.2 before FC1 is torchvision's.

Reduced: MobileNetV2 on CIFAR-10 as printed, with 10 epochs in place of 100. With 6.3 million
multiply-accumulates it is the only network of POD's tables that two CPU cores can train.

All of it takes 17 hours on one GPU after Table 4.
"""

import pathlib
from typing import NamedTuple

from experiments.harness import Cell, Context, Table, main, plots
from experiments.pod import gains, recipes
from experiments.pod.gains import LOSSES, TEST

NETWORKS: tuple[recipes.Network, ...] = ("ResNet50", "DenseNet121", "MobileNetV2")


class Place(NamedTuple):
    """A network and a data set."""

    network: recipes.Network
    name: str


ROWS = {
    f"{network}: {name}": Place(network, name)
    for network in NETWORKS
    for name in recipes.DATASETS
}


def cell(row: str, loss: str) -> Cell:
    network, name = ROWS[row]
    return Cell(recipes.run(loss, name, network=network), TEST)


def draw(context: Context) -> list[pathlib.Path]:
    """Prints the gains of POD, and draws the learning curves of each network."""
    gains.say(context, PAGE)
    paths = []
    for network in NETWORKS:
        groups = {}
        for row in context.rows:
            if ROWS[row].network == network:
                found = {loss: context.of(row, loss) for loss in context.columns}
                groups[ROWS[row].name] = found
        if groups:
            paths.append(context.directory / f"{network.lower()}.png")
            plots.curves(groups, paths[-1], keys=[TEST])
    return paths


PAGE = Table(
    needs="CIFAR-10, CIFAR-100, Tiny ImageNet and FaceScrub; 72 networks: a GPU",
    full="17 hours on one GPU after Table 4",
    reduced="2 hours on 2 CPU cores",
    rows=[*ROWS],
    columns=LOSSES,
    cell=cell,
    paper="""
                                    Softmax  POD
        ResNet50: CIFAR-10          93.25    94.31
        ResNet50: CIFAR-100         76.42    79.17
        ResNet50: Tiny ImageNet     62.10    64.58
        ResNet50: FaceScrub         91.04    95.22
        DenseNet121: CIFAR-10       94.24    94.61
        DenseNet121: CIFAR-100      77.90    79.38
        DenseNet121: Tiny ImageNet  61.76    64.12
        DenseNet121: FaceScrub      95.29    95.81
        MobileNetV2: CIFAR-10       84.31    86.00
        MobileNetV2: CIFAR-100      52.41    55.66
        MobileNetV2: Tiny ImageNet  46.34    49.90
        MobileNetV2: FaceScrub      87.84    88.88
    """,
    draw=draw,
    reduced_rows=["MobileNetV2: CIFAR-10"],
    notes=["Below: the gain of POD, in brackets the paper's."],
)

if __name__ == "__main__":
    main(PAGE)
