"""ADR, Fig. 4: uncertainty functions of two classes, and their slopes.

    python -m experiments.adr.figure4                    # writes runs/adr.figure4/figure4.png

The lower row shows the functions, the upper row their derivatives with respect to the probability
of one class. Panel (b) is in nats. Panel (d) is Eq. (4) with tau = 2, beside the three other
readings of it. In the paper the slope of (d) is largest if both classes are equally probable, and
falls from there. It is 0 there, by symmetry, and Eq. (4) has a maximum at p = 0.96: below it
descent flattens the prediction, above it descent sharpens. Only the kernel sharpens everywhere.
"""

from collections.abc import Callable
import pathlib

import jax
import jax.numpy as jnp

from adrjax.regularizers import adr, entropy, gsc, variance
from experiments.harness import Context, Figure, main, plots

PANELS: dict[str, dict[str, Callable[[jax.Array], jax.Array]]] = {
    "(a) variance": {"": variance},
    "(b) entropy": {"": entropy},
    "(c) exponential variance": {
        "Eq. (4)": lambda z: adr(z, uncertainty="variance"),
        "kernel": lambda z: adr(z, uncertainty="variance", form="kernel"),
    },
    "(d) exponential entropy, ADR": {
        "Eq. (4)": adr,
        "kernel": lambda z: adr(z, form="kernel"),
        "Eq. (14)": lambda z: adr(z, form="eq14"),
        "GSC": gsc,
    },
}


def curve(
    regularizer: Callable[[jax.Array], jax.Array], p: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Returns a regularizer of two classes and its derivative, at probabilities `p`."""

    def of_p(p: jax.Array) -> jax.Array:
        return regularizer(jnp.stack([jnp.log(p), jnp.log1p(-p)]))

    return jax.jit(jax.vmap(jax.value_and_grad(of_p)))(p)


def draw_functions(path: pathlib.Path) -> None:
    """Draws the figure.

    Args:
        path: The PNG to write.
    """
    p = jnp.linspace(0.002, 0.998, 499)
    with plots.panels(path, 2, len(PANELS), side=2.9) as axes:
        for (above, below), (title, curves) in zip(axes.T, PANELS.items(), strict=True):
            for name, regularizer in curves.items():
                value, slope = curve(regularizer, p)
                above.plot(p, slope, label=name)
                below.plot(p, value, label=name)
            above.axhline(0, color="#999999", linewidth=0.8)
            above.set_title(title)
            below.set_xlabel("probability of one class")
            if "" not in curves:
                above.legend(fontsize=8)
        axes[0, 0].set_ylabel("derivative")
        axes[1, 0].set_ylabel("function")


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figure into the directory of the page."""
    path = context.directory / "figure4.png"
    draw_functions(path)
    return [path]


PAGE = Figure(needs="nothing", full="seconds on a CPU", draw=draw)

if __name__ == "__main__":
    main(PAGE)
