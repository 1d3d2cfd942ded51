"""GR, Figs. 7 to 10: every lambda and beta on CIFAR-10 with label noise, ResNet-56.

    python -m experiments.gr.figure7_10                     # 64 networks, one seed
    python -m experiments.gr.figure7_10 --rows "40 %"       # Fig. 8
    python -m experiments.gr.figure7_10 --reduced           # ResNet-8, 8 epochs, 40 %
    python -m experiments.gr.figure7_10 --smoke

A figure for each rate of noise, 20 to 80 %; a column for each lambda, and a curve for each of
four betas: the accuracy on the training labels above, on the test images below. Table 3 prints the
best beta of each column, whose numbers are in brackets here, and shares 16 of the 64 networks.

The rows "chosen" have the beta that is best on the test images, as the paper chooses it, and
the beta that fits the true labels of the training images best, which it recommends: "the intact
training set serves as a validation set". No images are held out, so the networks have the
paper's training images.

The paper claims that "some models even collapse and cannot converge if the emphasis spread is not
rational". Below the table stand the networks that end below 20 %, twice the chance of 10 classes.

Not in the paper: what Table 3 lists.

In full: 10 minutes a network, 8 hours after Table 3 and 11 without on one GPU. Reduced, 12 minutes
a network.
"""

from collections.abc import Sequence
import pathlib

from experiments.gr.recipes import cifar10, gr
from experiments.gr.table3 import RATES
from experiments.harness import Best, Cell, Context, Run, Table, main, plots
from experiments.harness.result import Result, mean

TEST, INTACT = "test/top1", "train/intact"
BETAS = {
    0.0: (0.5, 1.0, 2.0, 4.0),
    0.5: (4.0, 8.0, 12.0, 16.0),
    1.0: (8.0, 12.0, 16.0, 20.0),
    2.0: (12.0, 16.0, 20.0, 24.0),
}
FIGURES = dict(zip(RATES, (7, 8, 9, 10), strict=True))
COLLAPSED = 20.0
COLUMNS = {"best": (TEST, "best"), "final": (TEST, "last"), "intact": (INTACT, "last")}


def name(rate: str, lam: float, beta: float) -> str:
    """Returns the name of a row."""
    return f"{rate}, lam {lam:g}, beta {beta:g}"


SETTINGS = {
    name(rate, lam, beta): (rate, lam, beta)
    for rate in RATES
    for lam, betas in BETAS.items()
    for beta in betas
}
CHOSEN = {
    f"{rate}, lam {lam:g}, chosen": (rate, lam) for rate in RATES for lam in BETAS
}


def network(rate: str, lam: float, beta: float) -> Run:
    """Returns a network."""
    return Run(cifar10(RATES[rate]), gr(beta=beta, lam=lam))


def cell(row: str, column: tuple) -> Cell | Best | None:
    if row in SETTINGS:
        return Cell(network(*SETTINGS[row]), *column)
    if column != COLUMNS["final"]:
        return None
    rate, lam = CHOSEN[row]
    cells = [Cell(network(rate, lam, beta), TEST) for beta in BETAS[lam]]
    return Best(cells, by=INTACT)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figures, and prints which networks have collapsed."""
    paths = []
    for rate, number in FIGURES.items():
        groups: dict[str, dict[str, Sequence[Result]]] = {}
        for lam, betas in BETAS.items():
            curves = {
                f"beta {beta:g}": context.of(name(rate, lam, beta)) for beta in betas
            }
            curves = {key: results for key, results in curves.items() if results}
            if curves:
                groups[f"{rate} wrong, lambda {lam:g}"] = curves
        if groups:
            path = context.directory / f"figure{number}.png"
            plots.curves(groups, path, keys=["train_accuracy", TEST], x="step")
            paths.append(path)
    finals = {
        row: mean([result.last(TEST) for result in context.of(row)])
        for row in SETTINGS
        if context.of(row)
    }
    collapsed = [f"{row} ({x:.1f})" for row, x in finals.items() if x < COLLAPSED]
    context.say(f"Below {COLLAPSED:g} %: {'; '.join(collapsed) or 'none'}")
    return paths


PAGE = Table(
    needs="CIFAR-10; 64 networks of 100,000 steps, 16 of them of Table 3: a GPU",
    full="8 hours after Table 3, 11 without, on one GPU",
    reduced="2.5 hours after Table 3, 3.2 without, on 2 CPU cores",
    rows=[*SETTINGS, *CHOSEN],
    columns=COLUMNS,
    cell=cell,
    paper="""
                                best  final  intact
        20 %, lam 0, beta 2     84.9  76.4   80.5
        20 %, lam 0.5, beta 12  89.4  87.8   95.0
        20 %, lam 1, beta 16    87.3  86.7   93.8
        20 %, lam 2, beta 24    85.8  85.5   91.4
        40 %, lam 0, beta 1     78.4  65.6   66.6
        40 %, lam 0.5, beta 12  85.1  79.9   85.7
        40 %, lam 1, beta 16    84.7  83.3   88.9
        40 %, lam 2, beta 20    52.7  52.7   53.6
        60 %, lam 0, beta 0.5   72.3  53.9   55.1
        60 %, lam 0.5, beta 12  77.5  58.5   62.6
        60 %, lam 1, beta 12    71.9  70.0   73.9
        60 %, lam 2, beta 12    80.2  72.5   75.4
        80 %, lam 0, beta 0.5   46.2  21.3   23.1
        80 %, lam 0.5, beta 8   51.6  22.4   24.4
        80 %, lam 1, beta 8     35.5  31.5   32.3
        80 %, lam 2, beta 12    33.0  32.8   32.6
    """,
    seeds=1,
    draw=draw,
    reduced_rows=[row for row in (*SETTINGS, *CHOSEN) if row.startswith("40 %")],
    notes=[
        "6 of the 16 printed betas are at the edge of their four, so the best may lie outside: "
        "those of lambda 0 at 60 and 80 %, of 1 at 80 %, and of 2 at 20, 60 and 80 %.",
    ],
)

if __name__ == "__main__":
    main(PAGE)
