"""ADR's behaviour: when Eq. (4) sharpens a prediction, and when it flattens it.

    python -m experiments.adr.behaviour                          # writes runs/adr.behaviour/*.png
    python -m experiments.adr.behaviour --out docs/images        # the figures of docs/adr_behaviour.md

Five forms are compared: Eq. (4), the density that Eqs. (8) and (14) to (16) differentiate, GSC's
density, the exponential term alone, and Eq. (4) with no gradient through the uncertainty. Descent
flattens a prediction if the slope along its largest logit is positive, and sharpens it if the
slope is negative.
"""

from collections.abc import Callable, Sequence
import functools
import pathlib
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator
import numpy as np

from adrjax.losses import cross_entropy
from adrjax.regularizers import adr, entropy, gsc
from experiments.harness import Context, Figure, main, plots


class Form(NamedTuple):
    """A reading of ADR, a function of logits and tau, and how it is drawn."""

    label: str
    of: Callable[[jax.Array, int], jax.Array]
    color: str
    line: Any


FORMS = {
    "eq4": Form("Eq. (4)", lambda z, tau: adr(z, tau=tau), "#0072b2", "-"),
    "eq14": Form("Eq. (14)", lambda z, tau: adr(z, tau=tau, form="eq14"), "#d55e00", "--"),
    "gsc": Form("GSC", lambda z, tau: gsc(z, top_c=tau), "#009e73", "-."),
    "kernel": Form("kernel", lambda z, tau: adr(z, tau=tau, form="kernel"), "#cc79a7", ":"),
    "stop": Form("Eq. (4), stop_uncertainty", lambda z, tau: adr(z, tau=tau, stop_uncertainty=True), "#333333", (0, (1, 1))),
}  # fmt: skip
# Forms with a peak: F = exp(-t / (2 phi^exponent)) / (2 pi phi^(2 power))^(tau / 2).
DENSITIES = {"eq4": (1, 1), "eq14": (1 / 2, 1), "gsc": (1, 2)}
CLASSES = (2, 10, 100, 1000)
SPREADS = (0.05, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 8)
ROWS = 200
TICKS = {
    "x": (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999),
    "y": (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99),
}


def one_against_rest(log_odds: np.ndarray, c: int) -> jax.Array:
    """Returns logits of c classes, equal except for the first, which has the log-odds."""
    z = np.zeros((len(log_odds), c))
    z[:, 0] = log_odds + np.log(c - 1)
    return jnp.asarray(z)


@functools.partial(jax.jit, static_argnames="tau")
def of_every_form(z: jax.Array, tau: int) -> dict[str, tuple[jax.Array, jax.Array]]:
    """Returns the value `[...]` and the gradient `[..., c]` of each form."""
    results = {}
    for name, form in FORMS.items():
        value, vjp = jax.vjp(lambda z, of=form.of: of(z, tau), z)
        results[name] = value, vjp(jnp.ones_like(value))[0]
    return results


def log_density(
    name: str, odds: np.ndarray, c: int, tau: int, others: int
) -> np.ndarray:
    """Returns log F if `others` of c classes share the rest of the probability equally."""
    power, exponent = DENSITIES[name]
    p, q = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(odds))
    phi = -(p * np.log(p) + q * np.log(q / others)) / np.log(c)
    t = p**2 + min(tau - 1, others) * (q / others) ** 2
    log_divisor = tau * (power * np.log(phi) + np.log(2 * np.pi) / 2)
    return -t / (2 * phi**exponent) - log_divisor


def peak(name: str, c: int, tau: int, others: int) -> tuple[float, float]:
    """Returns the confidence at the peak of a density, and log F there."""
    odds = np.linspace(-np.log(others), 14, 20_000)
    values = log_density(name, odds, c, tau, others)
    best = values.argmax()
    return 1 / (1 + np.exp(-odds[best])), values[best]


def random_logits(c: int, spread: float) -> jax.Array:
    """Returns normally distributed logits of mean 0, `[ROWS, c]`."""
    return jnp.asarray(spread * np.random.default_rng(0).normal(size=(ROWS, c)))


@functools.cache
def on_random_logits(c: int, tau: int = 2) -> dict[str, tuple[jax.Array, jax.Array]]:
    """Returns the effect of each form on random predictions, for each of SPREADS.

    First the share, in per cent, of predictions whose entropy a small step of descent on the
    logits lowers, among those that it moves; then the mean L1 norm of the gradient.
    """
    z = jnp.stack([random_logits(c, spread) for spread in SPREADS])
    of_entropy = jax.grad(lambda z: entropy(z).sum())(z)
    results = {}
    for name, (_, gradient) in of_every_form(z, tau).items():
        norms = jnp.abs(gradient).sum(-1)
        is_sharpened = (gradient * of_entropy).sum(-1) > 0
        results[name] = 100 * is_sharpened.mean(-1, where=norms > 1e-6), norms.mean(-1)
    return results


def draw_slopes(path: pathlib.Path, tau: int = 2) -> None:
    """Draws each form, and its slope along the largest logit, over the confidence."""
    with plots.panels(path, 2, len(CLASSES), side=3.0) as axes:
        for (above, below), c in zip(axes.T, CLASSES, strict=True):
            odds = np.linspace(-np.log(c - 1), 7, ROWS)
            confidence, z = 1 / (1 + np.exp(-odds)), one_against_rest(odds, c)
            results = of_every_form(z, tau)
            for name, form in FORMS.items():
                value, gradient = results[name]
                if name != "stop":  # its values are those of Eq. (4)
                    above.plot(confidence, value, **_style(form))
                below.plot(confidence, gradient[:, 0], **_style(form))
            above.set(title=f"{c} classes", ylim=(0, 1.05))
            below.set(xlabel="confidence, %", ylim=(-0.65, 0.4))
            below.axhspan(0, 0.4, color="#f0e442", alpha=0.25, lw=0)
            below.axhline(0, color="#666666", linewidth=0.8)
            for axis in (above, below):
                _confidence(axis, "x", 1 / c, 0.999)
        axes[0, 0].set_ylabel(f"F, tau = {tau}")
        axes[1, 0].set_ylabel("slope along the largest logit")
        axes[1, 0].annotate("descent flattens", (0.04, 0.92), xycoords="axes fraction")
        axes[1, 0].annotate("descent sharpens", (0.04, 0.04), xycoords="axes fraction")
        axes[1, 3].legend(fontsize=9, loc="lower left")


def draw_turning_points(path: pathlib.Path) -> None:
    """Draws the confidence above which each density sharpens, over tau."""
    colors = ("#56b4e9", "#0072b2", "#d55e00", "#333333")
    with plots.panels(path, 1, len(DENSITIES), side=3.6) as axes:
        for axis, name in zip(axes[0], DENSITIES, strict=True):
            for c, color, marker in zip(CLASSES, colors, "osD^", strict=True):
                taus = [tau for tau in (2, 3, 5, 7, 10, 15, 20) if tau <= c]
                turns = [peak(name, c, tau, c - 1)[0] for tau in taus]
                axis.plot(taus, turns, color=color, marker=marker, label=f"{c} classes")
            axis.set(title=FORMS[name].label, xlabel="tau", xticks=(2, 5, 10, 15, 20))
            _confidence(axis, "y", 0.5, 0.9925)
            axis.annotate("below: flattens", (0.65, 0.03), xycoords="axes fraction")
            axis.annotate("above: sharpens", (0.03, 0.93), xycoords="axes fraction")
        axes[0, 0].set_ylabel("confidence at the turning point, %")
        axes[0, 2].legend(fontsize=9, loc="upper right")


def draw_random_logits(path: pathlib.Path) -> None:
    """Draws the share of random predictions that each form sharpens."""
    with plots.panels(path, 1, 3, side=3.6) as axes:
        for axis, c in zip(axes[0], CLASSES[1:], strict=True):
            for name in DENSITIES:
                shares = on_random_logits(c)[name][0]
                axis.plot(SPREADS, shares, marker=".", **_style(FORMS[name]))
            always = _style(FORMS["kernel"]) | {"label": "kernel; stop_uncertainty"}
            axis.axhline(100, **always)
            axis.set(title=f"{c} classes", xlabel="standard deviation of the logits")
            axis.set(xscale="log", ylim=(-3, 105))
            axis.set_xticks(ticks := (0.05, 0.2, 1, 3, 8), map(str, ticks))
            axis.xaxis.set_minor_locator(NullLocator())
        axes[0, 0].set_ylabel("predictions that descent sharpens, %")
        axes[0, 2].legend(fontsize=9, loc="upper left", bbox_to_anchor=(0, 0.9))


def draw_peaks(path: pathlib.Path, c: int = 1000) -> None:
    """Draws the peak of each density over tau."""
    taus = range(2, 46)
    with plots.panels(path, 1, 1, side=4.2) as axes:
        axis = axes[0, 0]
        for name in DENSITIES:
            tops = [[peak(name, c, tau, n)[1] for n in (1, c - 1)] for tau in taus]
            top = np.max(tops, axis=-1) / np.log(10)
            axis.plot(taus, top, **_style(FORMS[name]))
        for dtype in ("float16", "float32"):
            top = np.log10(float(jnp.finfo(dtype).max))
            axis.axhline(top, color="#666666", linewidth=1)
            axis.text(1, top + 0.5, f"{dtype} ends", color="#444444")
        axis.set(xlabel="tau", ylabel="largest F, powers of 10", ylim=(-3, 48))
        axis.legend(fontsize=9, loc="center left")


def _style(form: Form) -> dict[str, Any]:
    return dict(label=form.label, color=form.color, linestyle=form.line, linewidth=2)


def _confidence(axis: Axes, side: str, low: float, high: float) -> None:
    """Sets the scale of an axis to log-odds and its ticks to per cent."""
    ticks = [p for p in TICKS[side] if low <= p <= high]
    of_side = axis.xaxis if side == "x" else axis.yaxis
    axis.set(**{f"{side}scale": "logit", f"{side}lim": (low, high)})
    of_side.set_major_locator(FixedLocator(ticks))
    of_side.set_minor_locator(NullLocator())
    of_side.set_ticklabels([f"{100 * p:g}" for p in ticks])


def tables() -> list[str]:
    return [_turning_points(), _random_logits(), _early(), _peaks()]


def _turning_points() -> str:
    def turn(name, c, tau):
        confidence, log_value = peak(name, c, tau, c - 1)
        return f"{100 * confidence:.1f} % ({np.exp(log_value):.3g})"

    return _markdown(
        ["classes", "tau", *(FORMS[name].label for name in DENSITIES)],
        [
            [c, tau, *(turn(name, c, tau) for name in DENSITIES)]
            for tau, classes in ((2, CLASSES), (7, CLASSES[1:]))
            for c in classes
        ],
    )


def _random_logits() -> str:
    def share(name, c, spread):
        return f"{on_random_logits(c)[name][0][SPREADS.index(spread)]:.0f} %"

    return _markdown(
        ["classes", "standard deviation", *(form.label for form in FORMS.values())],
        [
            [c, spread, *(share(name, c, spread) for name in FORMS)]
            for c in CLASSES[1:]
            for spread in (1, 3, 5)
        ],
    )


def _early() -> str:
    rows = []
    for c in CLASSES[1:]:
        z, labels = random_logits(c, SPREADS[0]), np.arange(ROWS) % c
        of_ce = jax.grad(lambda z, y: cross_entropy(z, y).sum())(z, labels)
        norms = [on_random_logits(c)[name][1][0] for name in FORMS]
        norms.append(jnp.abs(of_ce).sum(-1).mean())
        rows.append([c, *(f"{norm:.2g}" for norm in norms)])
    labels = [form.label for form in FORMS.values()]
    return _markdown(["classes", *labels, "cross entropy"], rows)


def _peaks() -> str:
    def logs(name, tau):
        return " / ".join(
            f"{peak(name, 1000, tau, others)[1]:.2f}" for others in (999, 1)
        )

    return _markdown(
        ["tau", *(FORMS[name].label for name in DENSITIES)],
        [
            [tau, *(logs(name, tau) for name in DENSITIES)]
            for tau in (2, 7, 9, 36, 37, 38)
        ],
    )


def _markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---:"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


FIGURES = {
    "adr_slope.png": draw_slopes,
    "adr_turning_point.png": draw_turning_points,
    "adr_random_logits.png": draw_random_logits,
    "adr_peak.png": draw_peaks,
}


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figures, and prints the tables of docs/adr_behaviour.md."""
    paths = [context.directory / name for name in FIGURES]
    with jax.enable_x64(True):  # so that what overflows float32 is finite
        for path, of in zip(paths, FIGURES.values(), strict=True):
            of(path)
        context.say("\n\n".join(tables()))
    return paths


PAGE = Figure(needs="nothing", full="seconds on a CPU", draw=draw)

if __name__ == "__main__":
    main(PAGE)
