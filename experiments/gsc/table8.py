"""GSC, Table 8: entropy and GSC of two classes, and their slopes.

    python -m experiments.gsc.table8                     # writes runs/gsc.table8/table.md

For probabilities p and 1 - p of two classes the table has the entropy H(p) in nats, minus its slope
(the paper prints the absolute value), GSC f(p) with top_c = 2 and sigma in nats, and its slope f'.
The paper's numbers stand in brackets.

The paper's first three columns are right. Its last one is f (1 - p) / sigma^2 of Eqs. (12) and (17),
which leave out the other class. The slope is f (1 - 2p) / sigma^2 if sigma is a constant, as the
paper assumes, and has one more term if it is not. It is 0 at p = 0.5, by symmetry, and not 0.205,
and it does not fall in size "faintly" from there: both readings are negative from p = 0.65 on and
largest in size at 0.85 or 0.90.
"""

from collections.abc import Callable
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

from adrjax.regularizers import entropy, gsc
from experiments.harness import Context, Figure, main
from experiments.harness.table import parse

PAPER = """
          H      -H'    f      f'
    0.50  0.693  0.000  0.197  0.205
    0.55  0.688  0.201  0.197  0.187
    0.60  0.673  0.405  0.198  0.175
    0.65  0.647  0.619  0.198  0.165
    0.70  0.611  0.847  0.196  0.158
    0.75  0.562  1.099  0.187  0.148
    0.80  0.500  1.386  0.163  0.131
    0.85  0.423  1.735  0.111  0.093
    0.90  0.325  2.197  0.031  0.029
"""
PROBS = tuple(f"{p / 100:.2f}" for p in range(50, 91, 5))
COLUMNS = ("H", "-H'", "f", "f'")
PRINTED = parse(PAPER, PROBS, COLUMNS)
RULE, AT_CONSTANT_SIGMA, SLOPE = "f (1 - p) / sigma^2", "f', constant sigma", "f'"


def density(p: jax.Array, *, stop_uncertainty: bool = False) -> jax.Array:
    """Returns GSC of two classes, with sigma in nats."""
    return gsc(_logits(p), normalize=False, stop_uncertainty=stop_uncertainty)


def density_at_constant_sigma(p: jax.Array) -> jax.Array:
    """Returns the same, whose slope does not pass through sigma."""
    return density(p, stop_uncertainty=True)


def uncertainty(p: jax.Array) -> jax.Array:
    """Returns the entropy of two classes, in nats."""
    return entropy(_logits(p))


def columns() -> dict[str, np.ndarray]:
    """Returns the columns of the table; the slope is there in all three readings."""
    p = jnp.array([float(p) for p in PROBS])
    h, h_slope = _value_and_slope(uncertainty, p)
    f, slope = _value_and_slope(density, p)
    _, at_constant_sigma = _value_and_slope(density_at_constant_sigma, p)
    return {
        "H": h,
        "-H'": -h_slope,
        "f": f,
        RULE: f * (1 - np.asarray(p)) / h**2,
        AT_CONSTANT_SIGMA: at_constant_sigma,
        SLOPE: slope,
    }


def table(found: dict[str, np.ndarray]) -> str:
    """Returns the columns in Markdown, with the paper's numbers in brackets."""
    lines = [["p", *found], ["---:"] * (len(found) + 1)]
    for i, p in enumerate(PROBS):
        texts = []
        for name, values in found.items():
            column = {RULE: "f'", SLOPE: ""}.get(name, name)
            printed = PRINTED.get((p, column))
            ours = f"{values[i] + 0:.3f}"  # 0 has no sign
            texts.append(ours if printed is None else f"{ours} ({printed.text})")
        lines.append([p, *texts])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def draw(context: Context) -> list[pathlib.Path]:
    """Prints the table and writes it to table.md."""
    with jax.enable_x64(True):
        text = table(columns())
    path = context.directory / "table.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    context.say(text)
    return [path]


def _logits(p: jax.Array) -> jax.Array:
    return jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1)


def _value_and_slope(
    function: Callable[[jax.Array], jax.Array], p: jax.Array
) -> tuple[np.ndarray, np.ndarray]:
    value, slope = jax.vmap(jax.value_and_grad(function))(p)
    return np.asarray(value), np.asarray(slope)


PAGE = Figure(needs="nothing", full="a second on a CPU", draw=draw)

if __name__ == "__main__":
    main(PAGE)
