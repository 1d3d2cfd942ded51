"""POD, Figs. 2 and 3: the slopes of 1 - cos and of its square, and the floor of NaC.

    python -m experiments.pod.figure2_3                # writes runs/pod.figure2_3/figure2_3.png

The slope of the losses by the angle between a feature and its centroid, from the gradients of
`embeddings.pedcc_mse` (Fig. 2) and of `embeddings.cosine` (Fig. 3) at unit features. The claims:
the square is steeper, and the angle falls faster; it reaches 1 "around 65 degrees" and "about 2.5"
at most. It reaches 1 at 63.74 degrees, and 2.598 at 120. It is steeper above 60 degrees only:
below, it is the flatter one of the two.

The third panel is not in the paper. NaC cannot reach 0: a feature in the direction of its centroid
has the loss (delta / h)^2, where h is |x| + delta in Eq. (16), and the root of |x|^2 + delta^2 in
the authors' code. After 99 epochs of alpha = 0.01, delta is about the mean norm.
"""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import embeddings
from experiments.harness import Context, Figure, main, plots

CENTROIDS = np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32)
LOSSES = {
    "Fig. 2: 1 - cos": embeddings.pedcc_mse,
    "Fig. 3: (1 - cos)²": embeddings.cosine,
}


def slopes(name: str, angles: jax.Array) -> jax.Array:
    """Returns the slope of a loss by the angle to the centroid, in radians."""

    def loss(angle: jax.Array) -> jax.Array:
        feature = jnp.stack([jnp.cos(angle), jnp.sin(angle)])
        return LOSSES[name](feature, jnp.zeros((), int), CENTROIDS)

    return jax.jit(jax.vmap(jax.grad(loss)))(angles)


def floors(shares: jax.Array, *, hypot: bool) -> jax.Array:
    """Returns NaC of features in the direction of their centroid, by delta / |x|."""

    def loss(delta: jax.Array) -> jax.Array:
        return embeddings.norm_adaptive_cosine(
            CENTROIDS[0], jnp.zeros((), int), CENTROIDS, delta=delta, hypot=hypot
        )

    return jax.jit(jax.vmap(loss))(shares)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the slopes by the angle, and the floor of NaC."""
    path = context.directory / "figure2_3.png"
    degrees = np.linspace(0, 180, 721)
    with plots.panels(path, 1, 3) as axes:
        for axis, name in zip(axes[0], LOSSES, strict=False):
            slope = np.asarray(slopes(name, jnp.radians(degrees)))
            axis.plot(degrees, slope)
            top = int(slope.argmax())
            marks = {
                f"{slope[top]:.3f} at {degrees[top]:.0f}°": (degrees[top], slope[top])
            }
            if slope[top] > 1.1:
                one = np.interp(1, slope[:top], degrees[:top])
                marks[f"1 at {one:.2f}°"] = (one, 1)
            context.say(f"{name}: {', '.join(marks)}")
            for text, place in marks.items():
                axis.plot(*place, "k.")
                axis.annotate(text, (place[0] + 4, place[1] + 0.05), fontsize=8)
            axis.set(
                title=name, xlabel="angle to the centroid (degrees)", ylim=(0, 2.9)
            )
            axis.set_xticks(range(0, 181, 30))
        axes[0, 0].set_ylabel("slope by the angle")
        shares = jnp.linspace(0, 1.5, 151)
        for name, hypot in (("Eq. (16)", False), ("code", True)):
            axes[0, 2].plot(shares, floors(shares, hypot=hypot), label=name)
        axes[0, 2].set(title="Floor of NaC", xlabel="delta / norm", ylabel="least loss")
        axes[0, 2].legend()
    return [path]


PAGE = Figure(needs="nothing", full="seconds on a CPU", draw=draw)

if __name__ == "__main__":
    main(PAGE)
