"""ADR, Fig. 4: uncertainty functions of two classes, and their slopes.

    python -m experiments.adr.figure4                    # writes runs/adr.figure4/figure4.png

The lower row is what is minimised, the upper its derivative with respect to the
probability of one class. Panel (d) is Eq. (4) with tau = 2, beside the three other readings of it.
The paper has the slope of (d) largest where both classes are equally likely and falling from
there. It is 0 there, as symmetry wants, and Eq. (4) has a maximum at p = 0.96: before it
descent flattens the prediction, behind it sharpens. Only the kernel sharpens everywhere.
"""

from collections.abc import Callable
import dataclasses
import pathlib

import jax
import jax.numpy as jnp
import tyro

from adrjax.regularizers import adr, entropy, gsc, variance
from experiments import figure

PANELS: dict[str, dict[str, Callable[[jax.Array], jax.Array]]] = {
    "(a) variance": {"": variance},
    "(b) entropy": {"": lambda z: entropy(z, normalize=True)},
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
    """Returns a regularizer of two classes and its derivative, at probabilities p."""

    def of_p(p):
        return regularizer(jnp.stack([jnp.log(p), jnp.log1p(-p)]))

    return jax.vmap(jax.value_and_grad(of_p))(p)


def draw(path: pathlib.Path) -> None:
    """Draws the figure.

    Args:
        path: The PNG to write.
    """
    p = jnp.linspace(0.002, 0.998, 499)
    with figure.panels(path, 2, len(PANELS), side=2.9) as axes:
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


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line of this page.

    Attributes:
        workdir: Where to write the figure.
        smoke: Without effect: the figure takes seconds.
    """

    workdir: pathlib.Path = pathlib.Path("runs/adr.figure4")
    smoke: bool = False


NEEDS = "seconds on a CPU"


def main() -> None:
    options = tyro.cli(Options, description=__doc__)
    path = options.workdir / "figure4.png"
    draw(path)
    print(f"drew {path}")


if __name__ == "__main__":
    main()
