"""IE, Figs. 5 and 7 (a): the accuracy of face verification over Q and over IE's weight.

    python -m experiments.ie.figure5                              # 20 networks
    python -m experiments.ie.figure5 --rows "Q/N" --rows Softmax  # one curve
    python -m experiments.ie.figure5 --reduced --data-dir DATA    # LFW alone, see below
    python -m experiments.ie.figure5 --smoke

The accuracy on LFW over Q/N, the share of the other classes of the batch in the loss, with the weight
0.05 (Fig. 5 (a)); on LFW and on YTF over the weight lambda, with Q/N = 0.2 (Figs. 5 (b) and 7 (a)).
Softmax is 0 on both axes, as in the paper. The paper's curves have their maximum at Q/N = 0.2 and at
lambda = 0.05, and the page prints where ours have it. Softmax and IE with these two settings are
networks of experiments/ie/table6.py, which says what is not in the paper.

Reduced: the variant of Table 6, where Fig. 7 (a) is left out.

25 minutes a network on a GPU; reduced, 11 minutes a network on 2 CPU cores.
"""

from collections.abc import Mapping, Sequence
import pathlib

from experiments.harness import Context, Figure, Run, main, plots
from experiments.harness.result import mean
from experiments.ie import table6

SHARES = tuple(i / 10 for i in range(1, 11))
WEIGHTS = tuple(i / 100 for i in range(1, 11))
NAMES = {
    "Q/N": {share: f"Q/N = {share:g}" for share in SHARES},
    "lambda": {lam: f"lambda = {lam:g}" for lam in WEIGHTS},
}


def runs() -> Mapping[str, Run]:
    """Returns the networks."""
    softmax = Run(table6.recipe("Softmax", "[N]"), table6.METHODS["Softmax"])
    recipe = table6.recipe("IE", "[N]")
    of_shares = {NAMES["Q/N"][x]: table6.ie(share=x) for x in SHARES}
    of_weights = {NAMES["lambda"][x]: table6.ie(lam=x) for x in WEIGHTS}
    methods = of_shares | of_weights
    return {"Softmax": softmax, **{k: Run(recipe, x) for k, x in methods.items()}}


def points(context: Context, x: str, name: str) -> dict[float, list[float]]:
    """Returns the accuracies on a set for each seed, by Q/N or by lambda."""
    found: dict[float, Sequence] = {0.0: context.of("Softmax")}
    found |= {value: context.of(row) for value, row in NAMES[x].items()}
    return {
        value: [result.last(f"{name}/accuracy") for result in results]
        for value, results in found.items()
        if results
    }


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the three curves, and prints where their maxima are."""
    figures = [("figure5a", "Q/N", "lfw", 0.2), ("figure5b", "lambda", "lfw", 0.05)]
    if not context.is_reduced:
        figures.append(("figure7a", "lambda", "ytf", 0.05))
    paths = []
    for file, x, name, printed in figures:
        found = points(context, x, name)
        if len(found) < 2:
            continue
        paths.append(context.directory / f"{file}.png")
        y = f"accuracy on {name.upper()}, %"
        plots.sweep({"": {"IE": found}}, paths[-1], x=x, y=y)
        best = max(found, key=lambda value: mean(found[value]))
        context.say(
            f"{name.upper()}, best {x}: {best:g}, {mean(found[best]):.3f} % "
            f"(the paper: {printed:g})"
        )
    return paths


PAGE = Figure(
    needs="CASIA-WebFace, LFW and YTF; a GPU with 24 GB",
    full="8 hours on a GPU",
    reduced="4 hours on 2 CPU cores; LFW's photos, prepared by experiments.lfw_a",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
