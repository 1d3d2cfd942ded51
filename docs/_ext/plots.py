"""The plots of the reference, drawn by the functions that they show.

`PLOTS` has a plot by the name of its function, `WITHOUT` the reason why a function, or
every function of a package, has none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
import functools
import hashlib
import pathlib
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import (
    centroids,
    embeddings,
    losses,
    margins,
    metrics,
    noise,
    optimizers,
    regularizers,
    targets,
)

Curves = Mapping[str, Callable[..., jax.Array]]

COLORS = ("#1f5aa6", "#d1661c", "#3b8f6b", "#8a5fa8", "#a33b4b")
STYLE = {
    "figure.figsize": (7.6, 2.4),
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": "#333333",
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "svg.hashsalt": "adrjax",
}

WITHOUT = {
    "losses.chunked_cross_entropy": "its value is that of cross_entropy",
    "margins.cosines": "it is the cosine",
    "embeddings.running_center": "see center and update_centers",
    "noise.human": "the labels are those of the annotators",
    "noise.open_set": "it exchanges images",
    "noise.realised_transition": "see symmetric and asymmetric",
    "noise.report": "it is a text",
    "noise.CIFAR100_SUPERCLASSES": "it is an array",
    "metrics.calibration_error": "see expected_calibration_error",
    "metrics.Fitting": "it is a tuple",
    "metrics.fitting": "it is a mean",
    "metrics.GaussianDiscriminant": "it is a tuple",
    "metrics.fit_gaussian_discriminant": "see gaussian_discriminant",
    "metrics.norm_split_accuracy": "it is a mean",
    "metrics.cross_camera": "it is a mask",
    "metrics.mean_average_precision": "it is one number of a ranking",
    "metrics.matched_ious": "it is a mean",
    "metrics.cosine_similarity": "it is the cosine",
    "metrics.squared_distance": "it is the square",
    "metrics.pca_verification_accuracy": "see verification_accuracy",
    "metrics.validation_rate": "see roc_curve",
    "metrics.emphasis_spread": "it is a variance",
    "optimizers.kernel_mask": "it is a tree of bool",
    "optimizers.partition_by_path": "it joins optimizers",
    "adrjax": "it joins losses",
    "heads": "a layer is no curve",
    "backbones": "docs/networks.md has their sizes",
    "data": "docs/api/data.md has a table",
    "data.augment.dogv": "it needs a clip of depth maps",
    "data.augment.mirror_features": "it merges features",
    "data.augment.normalize": "it subtracts and divides",
    "data.augment.normalize_contrast": "it subtracts and divides",
    "data.augment.normalize_each": "it subtracts and divides",
    "data.augment.one_of_ten_crops": "see ten_crop",
    "train": "it runs a training",
}


class Plot(NamedTuple):
    """A plot of a function, and what it shows.

    Attributes:
        caption: One or two sentences, in reStructuredText.
        draw: Returns the figure.
    """

    caption: str
    draw: Callable[[], Any]


PLOTS: dict[str, Plot] = {}


def plot(name: str, caption: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Registers a function that draws the plot of a public function."""

    def register(draw: Callable[[], Any]) -> Callable[[], Any]:
        PLOTS[name] = Plot(caption, draw)
        return draw

    return register


# --- Axes -----------------------------------------------------------------------------


def panels(count: int, **keywords: Any) -> tuple[Any, Sequence[Any]]:
    """Returns a figure and its panels side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=keywords.pop("figsize", None))
    axes = figure.subplots(1, count, squeeze=False, **keywords)[0]
    for axis in axes:
        axis.set_axisbelow(True)
    return figure, axes


def lines(
    axis: Any, x: Any, curves: Mapping[str, Any], title: str, xlabel: str
) -> None:
    """Draws curves over one axis."""
    for (label, y), color in zip(curves.items(), COLORS, strict=False):
        axis.plot(x, y, label=label, color=color)
    axis.set_title(title)
    axis.set_xlabel(xlabel)
    axis.margins(x=0)


def value_and_slope(
    functions: Curves,
    xs: jax.Array,
    *,
    xlabel: str,
    slope: str,
    input_of: Callable[[jax.Array], jax.Array] = lambda x: x,
    slope_of: Callable[[jax.Array], jax.Array] = lambda g: g,
    scale: float = 1.0,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """Draws functions of one variable, and their gradients.

    Args:
        functions: Each maps the input of the function to a number.
        xs: The values on the horizontal axis.
        xlabel: The name of the horizontal axis.
        slope: The title of the panel of gradients.
        input_of: Maps a value of the axis to the input of a function.
        slope_of: Maps the gradient by the input to the number that is drawn.
        scale: The factor of the horizontal axis.
        low: The lower end of both vertical axes.
        high: The upper end of the values.
    """
    figure, (left, right) = panels(2)
    inputs = jax.vmap(input_of)(xs)
    values, slopes = {}, {}
    for label, function in functions.items():
        both = jax.jit(jax.vmap(jax.value_and_grad(function)))
        values[label], gradients = both(inputs)
        slopes[label] = jax.vmap(slope_of)(gradients)
    lines(left, xs * scale, values, "value", xlabel)
    lines(right, xs * scale, slopes, slope, xlabel)
    if high is not None:
        left.set_ylim(low, high)
    if len(functions) > 1:
        figure.legend(*left.get_legend_handles_labels(), loc="outside right upper")
    return figure


P = jnp.linspace(0.002, 0.998, 400)


def logits_of_probability(classes: int, label: int = 0) -> Callable:
    """Returns logits of a probability of one class, the others being equal."""

    def logits(p: jax.Array) -> jax.Array:
        rest = jnp.log((1 - p) / (classes - 1))
        return jnp.full(classes, rest).at[label].set(jnp.log(p))

    return logits


def by_label(functions: Curves, high: float | None = None) -> Any:
    """Draws losses of three classes over the probability of the label."""
    return value_and_slope(
        {k: functools.partial(lambda f, z: f(z, 0), f) for k, f in functions.items()},
        P,
        xlabel="probability of the label, p_y",
        slope="gradient by the label's logit",
        input_of=logits_of_probability(3),
        slope_of=lambda g: g[0],
        high=high,
    )


def by_top(functions: Curves) -> Any:
    """Draws regularizers of ten classes over the probability of one class."""
    return value_and_slope(
        functions,
        jnp.linspace(0.1, 0.9995, 600),
        xlabel="probability of the top class, of ten",
        slope="gradient by its logit",
        input_of=logits_of_probability(10),
        slope_of=lambda g: g[0],
    )


BY_LABEL = (
    "Value and gradient over the probability of the label, of three classes; the other "
    "two are equally likely."
)
BY_TOP = (
    "Value and gradient over the probability of the most likely of ten classes; the "
    "others are equally likely. Where the gradient is positive, descent flattens the "
    "prediction."
)


def over(settings: Mapping[str, Mapping[str, Any]], function: Callable) -> Curves:
    """Returns a function under some settings, by label."""
    return {k: functools.partial(function, **v) for k, v in settings.items()}


# --- Losses ---------------------------------------------------------------------------


@plot("losses.cross_entropy", f"{BY_LABEL} A smoothed target has its minimum at 0.9.")
def cross_entropy() -> Any:
    smooth = targets.smooth_labels(0, num_classes=3, alpha=0.15)
    return by_label(
        {
            "integer label": losses.cross_entropy,
            "target (0.9, 0.05, 0.05)": lambda z, y: losses.cross_entropy(z, smooth),
        },
        high=6,
    )


@plot("losses.focal", BY_LABEL)
def focal() -> Any:
    settings = {f"gamma={g}": {"gamma": float(g)} for g in (0, 1, 2, 5)}
    return by_label(over(settings, losses.focal), high=6)


@plot("losses.mean_absolute_error", BY_LABEL)
def mean_absolute_error() -> Any:
    return by_label(
        {
            "mean_absolute_error": losses.mean_absolute_error,
            "cross_entropy": losses.cross_entropy,
        },
        high=6,
    )


@plot("losses.generalized_cross_entropy", BY_LABEL)
def generalized_cross_entropy() -> Any:
    settings = {f"q={q}": {"q": q} for q in (0.1, 0.4, 0.7, 1.0)}
    return by_label(over(settings, losses.generalized_cross_entropy), high=6)


@plot(
    "losses.truncated_generalized_cross_entropy",
    f"{BY_LABEL} Below the threshold the gradient is 0.",
)
def truncated_generalized_cross_entropy() -> Any:
    settings = {f"threshold={k}": {"threshold": k} for k in (0.0, 0.3, 0.5)}
    return by_label(over(settings, losses.truncated_generalized_cross_entropy))


@plot(
    "losses.gradient_rescaling",
    f"{BY_LABEL} All settings have the value of cross entropy; the gradient is chosen.",
)
def gradient_rescaling() -> Any:
    settings = {
        f"beta={b:g}, lam={lam:g}": {"beta": b, "lam": lam}
        for b, lam in ((2.0, 0.0), (4.0, 0.5), (8.0, 0.5), (8.0, 1.0))
    }
    return by_label(over(settings, losses.gradient_rescaling), high=6)


@plot("losses.reverse_cross_entropy", BY_LABEL)
def reverse_cross_entropy() -> Any:
    settings = {f"log_zero={a:g}": {"log_zero": a} for a in (-2.0, -4.0, -6.0)}
    return by_label(over(settings, losses.reverse_cross_entropy))


@plot("losses.symmetric_cross_entropy", BY_LABEL)
def symmetric_cross_entropy() -> Any:
    settings = {
        f"alpha={a:g}, beta={b:g}": {"alpha": a, "beta": b}
        for a, b in ((0.1, 1.0), (1.0, 1.0), (6.0, 0.1))
    }
    return by_label(over(settings, losses.symmetric_cross_entropy), high=12)


def uniform(rate: float) -> np.ndarray:
    """Returns the transition matrix of uniform noise of three classes."""
    return noise.uniform_in_superclass(np.zeros(3, int), rate=rate)


@plot(
    "losses.forward_correction", f"{BY_LABEL} The noise is uniform, of the rate shown."
)
def forward_correction() -> Any:
    settings = {f"{r:.0%} wrong": {"transition": uniform(r)} for r in (0.0, 0.2, 0.4)}
    return by_label(over(settings, losses.forward_correction), high=6)


@plot(
    "losses.backward_correction",
    f"{BY_LABEL} The noise is uniform, of the rate shown. The loss is unbounded below.",
)
def backward_correction() -> Any:
    settings = {f"{r:.0%} wrong": {"transition": uniform(r)} for r in (0.0, 0.2, 0.4)}
    return by_label(over(settings, losses.backward_correction))


@plot(
    "losses.complement_entropy",
    "Value and gradient over the share of one of the two wrong classes of three. They "
    "do not depend on the probability of the label.",
)
def complement_entropy() -> Any:
    settings = {f'normalizer="{n}"': {"normalizer": n} for n in ("none", "c-1", "c")}
    functions = over(settings, losses.complement_entropy)
    return value_and_slope(
        {k: functools.partial(lambda f, z: f(z, 0), f) for k, f in functions.items()},
        P,
        xlabel="share of the first wrong class",
        slope="gradient by its logit",
        input_of=lambda r: jnp.log(jnp.array([0.4, 0.6 * r, 0.6 * (1 - r)])),
        slope_of=lambda g: g[1],
    )


@plot(
    "losses.distillation",
    "Value and gradient over the student's probability of a class to which the teacher "
    "gives 0.8, of three classes.",
)
def distillation() -> Any:
    teacher = logits_of_probability(3)(jnp.array(0.8))
    settings = {f"temperature={t:g}": {"temperature": t} for t in (1.0, 2.0, 4.0)}
    functions = over(settings, losses.distillation)
    return by_label({k: lambda z, y, f=f: f(z, teacher) for k, f in functions.items()})


@plot(
    "losses.online_label_smoothing",
    "Soft labels of five classes, before the first epoch and after an epoch in which "
    "the classes 0 and 1 were often taken for each other.",
)
def online_label_smoothing() -> Any:
    loss = losses.online_label_smoothing(5)
    first = loss.init()
    similar = jnp.zeros((5, 5)).at[0, 1].set(2.0).at[1, 0].set(2.0)
    _, state = loss.apply(first, 3 * jnp.eye(5) + similar, jnp.arange(5))
    after = loss.end_epoch(state)
    return matrices(
        {
            "first epoch": first.soft_labels,
            "second epoch": after.soft_labels,
        },
        ylabel="label",
        xlabel="class",
    )


# --- Regularizers ---------------------------------------------------------------------


@plot("regularizers.adr", BY_TOP)
def adr() -> Any:
    return by_top(
        {
            'form="eq4"': regularizers.adr,
            'form="eq14"': functools.partial(regularizers.adr, form="eq14"),
            'form="kernel"': functools.partial(regularizers.adr, form="kernel"),
            "stop_uncertainty": functools.partial(
                regularizers.adr, stop_uncertainty=True
            ),
        }
    )


@plot("regularizers.gsc", BY_TOP)
def gsc() -> Any:
    settings = {f"top_c={n}": {"top_c": n} for n in (2, 3, 5)}
    return by_top(over(settings, regularizers.gsc))


@plot("regularizers.entropy", BY_TOP)
def entropy() -> Any:
    return by_top(
        {
            "in nats": regularizers.entropy,
            "normalize=True": functools.partial(regularizers.entropy, normalize=True),
        }
    )


@plot("regularizers.variance", BY_TOP)
def variance() -> Any:
    return by_top(
        {
            "variance": regularizers.variance,
            "entropy, normalized": functools.partial(
                regularizers.entropy, normalize=True
            ),
        }
    )


@plot("regularizers.exponential_variance", BY_TOP)
def exponential_variance() -> Any:
    return by_top(
        {
            "exponential_variance": regularizers.exponential_variance,
            "adr": regularizers.adr,
        }
    )


@plot(
    "regularizers.spatial_continuity",
    "The penalty of three segmentations of an image, with more and more pixels of "
    "another class than their neighbours.",
)
def spatial_continuity() -> Any:
    rng = np.random.default_rng(0)
    clean = np.add.outer(np.arange(32), np.arange(32)) > 31
    figure, axes = panels(3, figsize=(7, 2.4))
    for axis, rate in zip(axes, (0.0, 0.05, 0.2), strict=True):
        classes = clean ^ (rng.random((32, 32)) < rate)
        value = regularizers.spatial_continuity(jax.nn.one_hot(classes.astype(int), 2))
        axis.imshow(classes, cmap="Blues", vmin=-0.5, vmax=1.5)
        axis.set_title(f"{rate:.0%} of the pixels: {value:.3f}")
        axis.set_axis_off()
    return figure


# --- Targets --------------------------------------------------------------------------


def bars(groups: Mapping[str, Any]) -> Any:
    """Draws distributions over the classes as groups of bars."""
    figure, (axis,) = panels(1)
    width = 0.8 / len(groups)
    for i, ((label, values), color) in enumerate(
        zip(groups.items(), COLORS, strict=False)
    ):
        places = np.arange(len(values)) + (i - (len(groups) - 1) / 2) * width
        axis.bar(places, values, width * 0.92, label=label, color=color)
    axis.set_xticks(np.arange(len(values)))
    axis.set_xlabel("class (the label is 0)")
    axis.set_title("target")
    axis.grid(axis="x", visible=False)
    axis.legend()
    return figure


PREDICTED = jnp.array([1.0, 2.0, 0.0, -1.0, 0.5])  # of another class than the label


@plot("targets.smooth_labels", "The target of a label among five classes.")
def smooth_labels() -> Any:
    return bars(
        {
            f"alpha={a}": targets.smooth_labels(0, num_classes=5, alpha=a)
            for a in (0.1, 0.3)
        }
    )


@plot(
    "targets.bootstrap_soft",
    "The target of a label whose network predicts class 1, among five classes.",
)
def bootstrap_soft() -> Any:
    softened = {
        f"beta={b}": targets.bootstrap_soft(PREDICTED, 0, beta=b) for b in (0.95, 0.6)
    }
    return bars({"prediction": jax.nn.softmax(PREDICTED)} | softened)


@plot(
    "targets.bootstrap_hard",
    "The target of a label whose network predicts class 1, among five classes.",
)
def bootstrap_hard() -> Any:
    hardened = {
        f"beta={b}": targets.bootstrap_hard(PREDICTED, 0, beta=b) for b in (0.8, 0.6)
    }
    return bars({"prediction": jax.nn.softmax(PREDICTED)} | hardened)


@plot("targets.virtual_teacher", "The target of a label among five classes.")
def virtual_teacher() -> Any:
    return bars(
        {
            f"temperature={t:g}": targets.virtual_teacher(
                0, num_classes=5, temperature=t
            )
            for t in (1.0, 5.0, 20.0)
        }
    )


# --- Margins --------------------------------------------------------------------------

ANGLES = jnp.linspace(0.01, jnp.pi - 0.01, 500)
BY_ANGLE = (
    "The label's logit over the angle between the feature and the weight of its label, "
    "and its derivative by the cosine."
)


def by_angle(functions: Curves, **keywords: Any) -> Any:
    """Draws the label's logit over the label's angle, and its derivative."""

    def of_cosine(function: Callable, cosine: jax.Array) -> jax.Array:
        return function(jnp.stack([cosine, jnp.zeros_like(cosine)]), 0)[0]

    return value_and_slope(
        {k: functools.partial(of_cosine, f) for k, f in functions.items()},
        ANGLES,
        xlabel="angle to the label's weight, degrees",
        slope="derivative by the cosine",
        input_of=jnp.cos,
        scale=180 / np.pi,
        **keywords,
    )


@plot("margins.arcface", f"{BY_ANGLE} The scale is 1.")
def arcface() -> Any:
    settings = {f"margin={m:g}": {"margin": m} for m in (0.0, 0.3, 0.5)}
    settings["margin=0.5, linear_tail"] = {"margin": 0.5, "linear_tail": True}
    figure = by_angle(over(settings, functools.partial(margins.arcface, scale=1.0)))
    figure.axes[1].set_ylim(-2, 4)
    return figure


@plot("margins.cosface", f"{BY_ANGLE} The scale is 1.")
def cosface() -> Any:
    settings = {f"margin={m:g}": {"margin": m} for m in (0.0, 0.2, 0.35)}
    figure = by_angle(over(settings, functools.partial(margins.cosface, scale=1.0)))
    figure.axes[1].set_ylim(0, 2)
    return figure


@plot("margins.combined_margin", f"{BY_ANGLE} The scale is 1.")
def combined_margin() -> Any:
    settings = {
        "m2=0.5 (ArcFace)": {"m2": 0.5},
        "m3=0.35 (CosFace)": {"m3": 0.35},
        "m2=0.3, m3=0.2": {"m2": 0.3, "m3": 0.2},
        "m1=0.9, m2=0.4, m3=0.15": {"m1": 0.9, "m2": 0.4, "m3": 0.15},
    }
    figure = by_angle(
        over(settings, functools.partial(margins.combined_margin, scale=1.0))
    )
    figure.axes[1].set_ylim(-2, 4)
    return figure


@plot(
    "margins.circle",
    "The logits of the label and of another class over the angle to their weights, and "
    "their derivatives by the cosine. The scale is 1.",
)
def circle_of_classes() -> Any:
    circle = functools.partial(margins.circle, scale=1.0)
    return by_angle(
        {
            "label": circle,
            "other class": lambda c, y: circle(c[::-1], y)[::-1],
        }
    )


def by_margin(function: Callable) -> Any:
    """Draws a multiplicative margin over the angle of a feature of length 1."""

    def of_angle(margin: int, angle: jax.Array) -> jax.Array:
        feature = jnp.stack([jnp.cos(angle), jnp.sin(angle)])
        weights = jnp.array([[1.0, 0.0], [0.0, -1.0]])
        return function(feature, weights, 0, margin=margin)[0]

    return value_and_slope(
        {f"margin={m}": functools.partial(of_angle, m) for m in (1, 2, 3, 4)},
        ANGLES,
        xlabel="angle to the label's weight, degrees",
        slope="derivative by the angle",
        scale=180 / np.pi,
    )


BY_MULTIPLE = (
    "The label's logit over the angle between a feature of length 1 and the weight of "
    "its label, of length 1, and its derivative by the angle."
)
plot("margins.large_margin", BY_MULTIPLE)(
    functools.partial(by_margin, margins.large_margin)
)
plot("margins.sphereface", BY_MULTIPLE)(
    functools.partial(by_margin, margins.sphereface)
)


# --- Embeddings -----------------------------------------------------------------------

X = jnp.linspace(-0.5, 2.5, 400)
AXIS = jnp.array([[0.0, 0.0], [2.0, 0.0]])  # two centers


def along(functions: Curves, xs: jax.Array, xlabel: str, slope: str) -> Any:
    """Draws functions of one number."""
    return value_and_slope(functions, xs, xlabel=xlabel, slope=slope)


def on_line(x: jax.Array) -> jax.Array:
    """Returns the point of a line through two centers."""
    return jnp.stack([x, jnp.zeros_like(x)])


def on_circle(angle: jax.Array) -> jax.Array:
    """Returns a feature of length 1 at an angle to the first of two centroids."""
    return jnp.stack([jnp.cos(angle), jnp.sin(angle)])


OPPOSITE = jnp.array([[1.0, 0.0], [-1.0, 0.0]])


def by_feature_angle(functions: Curves) -> Any:
    """Draws losses over the angle between a feature and its centroid."""
    return value_and_slope(
        {
            k: lambda angle, f=f: f(on_circle(angle), 0, OPPOSITE)
            for k, f in functions.items()
        },
        ANGLES,
        xlabel="angle to the centroid, degrees",
        slope="derivative by the angle",
        scale=180 / np.pi,
    )


BY_FEATURE_ANGLE = (
    "Value and derivative over the angle between a feature of length 1 and the "
    "centroid of its class."
)


def by_norm(functions: Curves) -> Any:
    """Draws losses over the length of a feature, 30 degrees off its centroid."""
    direction = on_circle(jnp.deg2rad(30.0))
    return value_and_slope(
        {
            k: lambda length, f=f: f(length * direction, 0, OPPOSITE)
            for k, f in functions.items()
        },
        jnp.linspace(0.25, 5, 300),
        xlabel="length of the feature",
        slope="derivative by the length",
    )


@plot(
    "embeddings.center",
    "Value and derivative as a feature moves along a line through the center of its "
    "class, at 0.",
)
def center() -> Any:
    return along(
        {"center": lambda x: embeddings.center(on_line(x), 0, AXIS)},
        jnp.linspace(-2, 2, 300),
        "position of the feature",
        "derivative by the position",
    )


@plot(
    "embeddings.include_exclude",
    "Value and derivative as a feature moves along a line from the center of its "
    "class, at 0, to another center, at 2. The variance is 0.5.",
)
def include_exclude() -> Any:
    def of(alpha: float, x: jax.Array) -> jax.Array:
        return embeddings.include_exclude(
            on_line(x), 0, AXIS, 0.5, alpha=alpha, present_only=False
        )

    return along(
        {f"alpha={a:g}": functools.partial(of, a) for a in (0.1, 1.0, 3.0)},
        X,
        "position of the feature",
        "derivative by the position",
    )


@plot(
    "embeddings.triplet",
    "Value and derivative over the distance between anchor and negative. The positive "
    "is at distance 1.",
)
def triplet() -> Any:
    def of(margin: float, d: jax.Array) -> jax.Array:
        anchor, positive = jnp.zeros(2), jnp.array([0.0, 1.0])
        return embeddings.triplet(anchor, positive, on_line(d), margin=margin)

    return along(
        {f"margin={m:g}": functools.partial(of, m) for m in (0.2, 1.0)},
        jnp.linspace(0, 2, 300),
        "distance of the negative",
        "derivative by the distance",
    )


@plot(
    "embeddings.batch_triplet",
    "Value of an anchor as it moves along a line, with positives at 0 and 0.5 and "
    "negatives at 1.5 and 2.",
)
def batch_triplet() -> Any:
    def of(mining: str, x: jax.Array) -> jax.Array:
        others = jnp.array([0.0, 0.5, 1.5, 2.0])
        batch = jax.vmap(on_line)(jnp.concatenate([x[None], others]))
        labels = jnp.array([0, 0, 0, 1, 1])
        return embeddings.batch_triplet(batch, labels, mining=mining)[0]

    return along(
        {
            f'mining="{m}"': functools.partial(of, m)
            for m in ("all", "semihard", "hard")
        },
        X,
        "position of the anchor",
        "derivative by the position",
    )


@plot("embeddings.contrastive", "Value and derivative over the distance of a pair.")
def contrastive() -> Any:
    def of(same: bool, d: jax.Array) -> jax.Array:
        return embeddings.contrastive(jnp.zeros(2), on_line(d), same)

    return along(
        {
            "same class": functools.partial(of, True),
            "other class": functools.partial(of, False),
        },
        jnp.linspace(0.001, 1.6, 300),
        "distance",
        "derivative by the distance",
    )


@plot("embeddings.cosine", BY_FEATURE_ANGLE)
def cosine() -> Any:
    return by_feature_angle(
        {"cosine": embeddings.cosine, "pedcc_mse": embeddings.pedcc_mse}
    )


@plot("embeddings.pedcc_mse", BY_FEATURE_ANGLE)
def pedcc_mse() -> Any:
    return by_feature_angle(
        {"pedcc_mse": embeddings.pedcc_mse, "cosine": embeddings.cosine}
    )


@plot("embeddings.pedcc", f"{BY_FEATURE_ANGLE} The centroids are two, opposite.")
def pedcc() -> Any:
    settings = {f"lam={x:g}": {"lam": x} for x in (0.0, 1.0, 4.0)}
    return by_feature_angle(over(settings, embeddings.pedcc))


BY_NORM = (
    "Value and derivative over the length of a feature at an angle of 30 degrees to "
    "the centroid of its class."
)


@plot("embeddings.norm_adaptive_cosine", BY_NORM)
def norm_adaptive_cosine() -> Any:
    settings = {f"delta={d:g}": {"delta": d} for d in (0.0, 0.1, 0.5, 1.0)}
    return by_norm(over(settings, embeddings.norm_adaptive_cosine))


def after_epochs(loss: Any, epochs: int) -> Callable:
    """Returns the loss of one feature after some epochs of features of length 1."""
    state = loss.init()
    for _ in range(epochs):
        _, state = loss.apply(state, OPPOSITE, jnp.arange(2))
        state = loss.end_epoch(state)
    return lambda x, y, c: loss.apply(state, x[None], jnp.array([y]))[0][0]


@plot("embeddings.nac", f"{BY_NORM} Delta grows with the epochs; the mean norm is 1.")
def nac() -> Any:
    loss = embeddings.nac(OPPOSITE, alpha=0.05)
    epochs = {f"after {n} epochs": after_epochs(loss, n) for n in (0, 5, 20)}
    return by_norm(epochs)


def field(loss: Callable[[jax.Array, jax.Array], jax.Array], centers: Any) -> Any:
    """Draws the direction of descent of the features of three classes."""
    figure, axes = panels(3, figsize=(7, 2.5), sharey=True)
    grid = jnp.stack(
        jnp.meshgrid(jnp.linspace(-2, 2, 13), jnp.linspace(-2, 2, 13)), axis=-1
    ).reshape(-1, 2)
    slope = jax.jit(jax.vmap(jax.grad(loss), (0, None)))
    for label, axis in enumerate(axes):
        descent = -slope(grid, label)
        axis.quiver(*grid.T, *descent.T, color=COLORS[label], width=0.006)
        axis.scatter(*centers.T, color="#bbbbbb", s=25, zorder=3)
        axis.scatter(*centers[label], color=COLORS[label], s=45, zorder=4)
        axis.set_title(f"class {label}")
        axis.set_aspect("equal")
        axis.set_xlabel("first feature")
    axes[0].set_ylabel("second feature")
    return figure


@plot(
    "embeddings.pod",
    "The direction in which descent moves features of three classes: towards the fixed "
    "centroid of the class, and outwards.",
)
def pod() -> Any:
    rows = centroids.simplex(jax.random.key(0), 3, 2)
    loss = embeddings.pod(rows, initial_delta=0.5, lam=0.0)

    def of(x: jax.Array, y: jax.Array) -> jax.Array:
        return loss.apply(loss.init(), x[None], y[None])[0][0]

    return field(lambda x, y: of(x, jnp.asarray(y)), rows)


@plot(
    "embeddings.self_correlation",
    "Value over the angle of two residuals that are opposite, in a plane: 0 if they "
    "point along the first or the second dimension.",
)
def self_correlation() -> Any:
    def of(angle: jax.Array) -> jax.Array:
        pole = jnp.array([[0.0, 0.0, 1.0]])
        away = 0.5 * jnp.stack([jnp.cos(angle), jnp.sin(angle), jnp.zeros_like(angle)])
        batch = jnp.stack([pole[0] + away, pole[0] - away])
        return embeddings.self_correlation(batch, jnp.zeros(2, int), pole)

    return value_and_slope(
        {"self_correlation": of},
        jnp.linspace(0, jnp.pi, 300),
        xlabel="angle of the residuals in the plane, degrees",
        slope="derivative by the angle",
        scale=180 / np.pi,
    )


@plot(
    "embeddings.circle",
    "The loss of an anchor with one positive and one negative over their cosines. "
    "Arrows: the direction of descent. The scale is 10.",
)
def circle_of_pairs() -> Any:
    def of(cosines: jax.Array) -> jax.Array:
        sines = jnp.sqrt(1 - cosines**2)
        zero = jnp.zeros(())
        batch = jnp.stack(
            [
                jnp.array([1.0, 0.0, 0.0]),
                jnp.stack([cosines[0], sines[0], zero]),
                jnp.stack([cosines[1], zero, sines[1]]),
            ]
        )
        return embeddings.circle(batch, jnp.array([0, 0, 1]), scale=10.0)[0]

    side = jnp.linspace(-0.95, 0.95, 39)
    grid = jnp.stack(jnp.meshgrid(side, side), axis=-1)
    both = jax.jit(jax.vmap(jax.vmap(jax.value_and_grad(of))))
    value, slope = both(grid)
    figure, (axis,) = panels(1, figsize=(4.6, 3.6))
    shown = axis.contourf(side, side, value, levels=12, cmap="Blues")
    coarse = np.s_[1::4, 1::4]
    axis.quiver(
        grid[coarse][..., 0],
        grid[coarse][..., 1],
        -slope[coarse][..., 0],
        -slope[coarse][..., 1],
        color=COLORS[1],
        width=0.005,
    )
    axis.set_xlabel("cosine to the positive")
    axis.set_ylabel("cosine to the negative")
    figure.colorbar(shown)
    return figure


def two_views() -> tuple[jax.Array, jax.Array]:
    """Returns two views of 64 examples that are equal, and independent noise."""
    keys = jax.random.split(jax.random.key(0))
    return jax.random.normal(keys[0], (64, 4)), jax.random.normal(keys[1], (64, 4))


@plot(
    "embeddings.barlow_twins",
    "Value and derivative as the second view of 64 examples becomes independent noise.",
)
def barlow_twins() -> Any:
    first, other = two_views()

    def of(lam: float, share: jax.Array) -> jax.Array:
        mixed = (1 - share) * first + share * other
        return embeddings.barlow_twins(first, mixed, lam=lam)

    return along(
        {f"lam={x:g}": functools.partial(of, x) for x in (0.005, 0.1)},
        jnp.linspace(0, 1, 200),
        "share of noise in the second view",
        "derivative by the share",
    )


@plot(
    "embeddings.vicreg",
    "Value and derivative over the standard deviation of each of four features, of two "
    "equal views of 64 examples, and the two terms of which it is made.",
)
def vicreg() -> Any:
    first, _ = two_views()
    first = (first - first.mean(0)) / first.std(0, ddof=1)

    def of(settings: Mapping[str, float], deviation: jax.Array) -> jax.Array:
        return embeddings.vicreg(deviation * first, deviation * first, **settings)

    settings = {"all": {}, "variance": {"nu": 0.0}, "covariance": {"mu": 0.0}}
    return along(
        {k: functools.partial(of, v) for k, v in settings.items()},
        jnp.linspace(0.02, 2, 200),
        "standard deviation",
        "derivative by the deviation",
    )


@plot(
    "embeddings.feature_incay",
    "Value and derivative over the length of a feature whose example is classified "
    "correctly.",
)
def feature_incay() -> Any:
    def of(length: jax.Array) -> jax.Array:
        return embeddings.feature_incay(on_line(length), 0, jnp.array([1.0, 0.0]))

    return along(
        {"feature_incay": of},
        jnp.linspace(0.5, 4, 300),
        "length of the feature",
        "derivative by the length",
    )


@plot(
    "embeddings.orthogonality",
    "Value and derivative over the angle between the weights of two classes.",
)
def orthogonality() -> Any:
    def of(angle: jax.Array) -> jax.Array:
        return embeddings.orthogonality(jnp.stack([OPPOSITE[0], on_circle(angle)]))

    return value_and_slope(
        {"orthogonality": of},
        ANGLES,
        xlabel="angle between the weights, degrees",
        slope="derivative by the angle",
        scale=180 / np.pi,
    )


@plot(
    "embeddings.update_centers",
    "Two classes of a batch, their centers, and where the centers move.",
)
def update_centers() -> Any:
    keys = jax.random.split(jax.random.key(1))
    spread = 0.35 * jax.random.normal(keys[0], (24, 2))
    labels = jnp.arange(24) % 2
    features = spread + jnp.array([[1.0, 0.4], [-1.0, -0.4]])[labels]
    before = jnp.array([[0.0, -0.8], [0.0, 0.8]])
    after = embeddings.update_centers(features, labels, before, alpha=0.5)
    figure, (axis,) = panels(1, figsize=(4.6, 3.0))
    for k in range(2):
        axis.scatter(*features[labels == k].T, color=COLORS[k], s=14, alpha=0.6)
        axis.annotate(
            "",
            after[k],
            before[k],
            arrowprops={"arrowstyle": "->", "color": COLORS[k], "linewidth": 1.8},
        )
        axis.scatter(*before[k], color=COLORS[k], s=70, marker="x", zorder=3)
    axis.set_xlabel("first feature")
    axis.set_ylabel("second feature")
    return figure


# --- Centroids, noise, metrics --------------------------------------------------------


def sphere(rows: Mapping[str, jax.Array]) -> Any:
    """Draws points on spheres."""
    figure, axes = panels(len(rows), figsize=(6, 2.9), subplot_kw={"projection": "3d"})
    u, v = np.mgrid[0 : 2 * np.pi : 25j, 0 : np.pi : 13j]
    for axis, (title, points) in zip(axes, rows.items(), strict=True):
        axis.plot_wireframe(
            np.cos(u) * np.sin(v),
            np.sin(u) * np.sin(v),
            np.cos(v),
            color="#dddddd",
            linewidth=0.4,
        )
        for point in np.asarray(points):
            axis.plot(
                *np.stack([0 * point, point], axis=1), color=COLORS[0], linewidth=1
            )
        axis.scatter(*np.asarray(points).T, color=COLORS[1], s=18)
        axis.set_title(title)
        axis.set_box_aspect((1, 1, 1))
        axis.set_axis_off()
    return figure


@plot("centroids.simplex", "The centroids of two to four classes in three dimensions.")
def simplex() -> Any:
    key = jax.random.key(0)
    return sphere({f"{n} classes": centroids.simplex(key, n, 3) for n in (2, 3, 4)})


@plot(
    "centroids.repulsion",
    "The centroids of 6 and 24 classes in three dimensions.",
)
def repulsion() -> Any:
    key = jax.random.key(0)
    return sphere({f"{n} classes": centroids.repulsion(key, n, 3) for n in (6, 24)})


def matrices(
    groups: Mapping[str, Any],
    *,
    xlabel: str = "noisy label",
    ylabel: str = "true label",
) -> Any:
    """Draws matrices of probabilities."""
    figure, axes = panels(len(groups), figsize=(2.5 * len(groups), 2.5))
    for axis, (title, matrix) in zip(axes, groups.items(), strict=True):
        axis.imshow(np.asarray(matrix), cmap="Blues", vmin=0, vmax=1)
        for (i, j), value in np.ndenumerate(np.asarray(matrix)):
            if value > 0.005:
                color = "white" if value > 0.55 else "#333333"
                shown = f"{value:.2f}".lstrip("0")
                axis.text(j, i, shown, ha="center", va="center", size=6, color=color)
        axis.set_title(title)
        axis.set_xticks(range(len(matrix)))
        axis.set_yticks(range(len(matrix)))
        axis.grid(visible=False)
        axis.set_xlabel(xlabel)
    axes[0].set_ylabel(ylabel)
    return figure


def realised(flip: Callable[[np.ndarray], Any], classes: int) -> np.ndarray:
    """Returns the matrix of the noise that was drawn for 200 labels of each class."""
    labels = np.arange(200 * classes) % classes
    noisy, _ = flip(labels)
    return noise.realised_transition(labels, noisy, num_classes=classes)


@plot(
    "noise.symmetric",
    "The share of each noisy label, of 200 labels a class, five classes, rate 0.4.",
)
def symmetric() -> Any:
    def of(**keywords: bool) -> np.ndarray:
        key = jax.random.key(0)
        return realised(
            lambda y: noise.symmetric(key, y, num_classes=5, rate=0.4, **keywords), 5
        )

    return matrices(
        {
            "defaults": of(),
            "include_true=True": of(include_true=True),
            "balanced=True": of(balanced=True),
        }
    )


@plot(
    "noise.asymmetric",
    "The share of each noisy label, of 200 labels of each of CIFAR-10's classes, as "
    "drawn by the matrix of `cifar10_pairs`.".replace("`", "``"),
)
def asymmetric() -> Any:
    matrix = noise.cifar10_pairs(rate=0.4)
    key = jax.random.key(0)
    drawn = realised(lambda y: noise.asymmetric(key, y, transition=matrix), 10)
    figure = matrices({"drawn, rate 0.4": drawn})
    figure.set_size_inches(4.2, 3.6)
    return figure


@plot("noise.cifar10_pairs", "The matrix of rate 0.4.")
def cifar10_pairs() -> Any:
    figure = matrices({"rate 0.4": noise.cifar10_pairs(rate=0.4)})
    figure.set_size_inches(4.2, 3.6)
    return figure


SUPERCLASSES = np.array([0, 0, 0, 1, 1, 1])


def of_superclasses(matrix_of: Callable[[float], np.ndarray]) -> Any:
    """Draws the matrices of two rates for two superclasses of three classes."""
    return matrices({f"rate {rate}": matrix_of(rate) for rate in (0.2, 0.4)})


OF_SUPERCLASSES = (
    "The matrices of two rates, for two superclasses of three classes each."
)


@plot("noise.next_in_superclass", OF_SUPERCLASSES)
def next_in_superclass() -> Any:
    return of_superclasses(lambda r: noise.next_in_superclass(SUPERCLASSES, rate=r))


@plot("noise.swap_in_superclass", OF_SUPERCLASSES)
def swap_in_superclass() -> Any:
    key = jax.random.key(0)
    return of_superclasses(
        lambda r: noise.swap_in_superclass(key, SUPERCLASSES, rate=r)
    )


@plot("noise.uniform_in_superclass", OF_SUPERCLASSES)
def uniform_in_superclass() -> Any:
    return of_superclasses(lambda r: noise.uniform_in_superclass(SUPERCLASSES, rate=r))


def guesses(sharpness: float = 1.0) -> tuple[jax.Array, jax.Array]:
    """Returns logits of 2,000 examples and labels drawn from their softmax."""
    keys = jax.random.split(jax.random.key(2))
    logits = 2 * jax.random.normal(keys[0], (2000, 10))
    return sharpness * logits, jax.random.categorical(keys[1], logits)


@plot("metrics.top_k", "The accuracy of 2,000 predictions of ten classes over k.")
def top_k() -> Any:
    logits, labels = guesses()
    ks = range(1, 11)
    figure, (axis,) = panels(1, figsize=(4.6, 2.5))
    shares = [metrics.top_k(logits, labels, k=k).mean() for k in ks]
    axis.plot(ks, shares, "o-", color=COLORS[0])
    axis.set_xlabel("k")
    axis.set_title("top-k accuracy")
    axis.set_xticks(list(ks))
    return figure


@plot(
    "metrics.expected_calibration_error",
    "Accuracy over confidence in 15 bins, of logits that are the true "
    "log-probabilities, and of their doubles, which are over-confident.",
)
def expected_calibration_error() -> Any:
    figure, axes = panels(2, figsize=(6, 2.8), sharey=True)
    for axis, sharpness in zip(axes, (1.0, 2.0), strict=True):
        logits, labels = guesses(sharpness)
        probs = jax.nn.softmax(logits)
        error = metrics.expected_calibration_error(probs, labels)
        confidence, hit = (
            np.asarray(probs.max(-1)),
            np.asarray(probs.argmax(-1) == labels),
        )
        edges = np.linspace(0, 1, 16)
        place = np.digitize(confidence, edges[1:-1])
        shares = [
            (confidence[place == k].mean(), hit[place == k].mean())
            for k in range(15)
            if (place == k).any()
        ]
        axis.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1)
        axis.plot(*zip(*shares, strict=True), "o-", color=COLORS[0], markersize=4)
        axis.set_title(f"logits x {sharpness:g}: ECE {error:.3f}")
        axis.set_xlabel("confidence")
    axes[0].set_ylabel("accuracy")
    return figure


def weights_over_probability() -> Iterator[tuple[str, jax.Array]]:
    """Yields the example weights of some losses over the label's probability."""
    logits = jax.vmap(logits_of_probability(3))(P)
    labels = jnp.zeros(len(P), int)
    some = {
        "cross_entropy": losses.cross_entropy,
        "generalized_cross_entropy": losses.generalized_cross_entropy,
        "mean_absolute_error": losses.mean_absolute_error,
        "focal": losses.focal,
    }
    for name, loss in some.items():
        yield name, metrics.example_weights(loss, logits, labels)


@plot(
    "metrics.example_weights",
    "The weight of an example over the probability of its label, of three classes.",
)
def example_weights() -> Any:
    figure, (axis,) = panels(1, figsize=(5, 2.8))
    curves = dict(weights_over_probability())
    lines(axis, P, curves, "example weight", "probability of the label, p_y")
    axis.legend()
    return figure


@plot(
    "metrics.emphasis_focus",
    "The weights of gradient rescaling, and their focus as a dot.",
)
def emphasis_focus() -> Any:
    logits = jax.vmap(logits_of_probability(3))(P)
    labels = jnp.zeros(len(P), int)
    figure, (axis,) = panels(1, figsize=(5, 2.8))
    for (beta, lam), color in zip(
        ((8.0, 0.0), (8.0, 0.5), (8.0, 1.0)), COLORS, strict=False
    ):
        loss = functools.partial(losses.gradient_rescaling, beta=beta, lam=lam)
        weights = metrics.example_weights(loss, logits, labels)
        scaled = weights / weights.max()
        focus = metrics.emphasis_focus(weights, P)
        axis.plot(P, scaled, color=color, label=f"lam={lam:g}: focus {focus:.2f}")
        axis.plot([focus], [1.0], "o", color=color)
    axis.set_title("weight, over the largest")
    axis.set_xlabel("probability of the label, p_y")
    axis.legend(loc="upper right")
    return figure


@plot(
    "metrics.gaussian_discriminant",
    "The predictions of three classes of features, with a covariance for each class "
    "and with a shared one.",
)
def gaussian_discriminant() -> Any:
    rng = np.random.default_rng(0)
    labels = np.arange(180) % 3
    spreads = np.array([[0.4, 0.4], [1.0, 0.3], [0.3, 1.0]])
    places = np.array([[-1.5, 0.0], [1.0, 1.2], [1.0, -1.2]])
    features = places[labels] + spreads[labels] * rng.normal(size=(180, 2))
    side = np.linspace(-4, 4, 120)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    figure, axes = panels(2, figsize=(6, 3), sharey=True)
    for axis, shared in zip(axes, (False, True), strict=True):
        fitted = metrics.fit_gaussian_discriminant(
            features, labels, num_classes=3, shared=shared
        )
        predicted = metrics.gaussian_discriminant(grid, fitted).argmax(-1)
        axis.contourf(
            side,
            side,
            predicted,
            levels=[-0.5, 0.5, 1.5, 2.5],
            colors=COLORS,
            alpha=0.2,
        )
        for k in range(3):
            axis.scatter(*features[labels == k].T, s=8, color=COLORS[k])
        axis.set_title(f"shared={shared}")
        axis.set_xlabel("first feature")
    axes[0].set_ylabel("second feature")
    return figure


@plot(
    "metrics.cumulative_matching",
    "The share of 50 queries with a match up to each rank, in a gallery of 200.",
)
def cumulative_matching() -> Any:
    rng = np.random.default_rng(0)
    queries, gallery = np.arange(50), np.arange(200) % 50
    rows = rng.normal(size=(50, 8))
    first = rows[queries] + rng.normal(size=(50, 8))
    second = rows[gallery] + rng.normal(size=(200, 8))
    curve = metrics.cumulative_matching(
        margins.cosines(first.astype("f"), second.astype("f")), queries, gallery
    )
    figure, (axis,) = panels(1, figsize=(4.6, 2.5))
    axis.plot(np.arange(1, 31), curve[:30], color=COLORS[0])
    axis.set_xlabel("rank")
    axis.set_title("share of queries with a match")
    axis.set_ylim(0, 1)
    return figure


def pairs() -> tuple[np.ndarray, np.ndarray]:
    """Returns the similarities of 600 pairs, and whether they are of one class."""
    rng = np.random.default_rng(0)
    same = np.arange(600) % 2 == 0
    return rng.normal(np.where(same, 0.6, 0.1), 0.2).astype("f"), same


@plot("metrics.roc_curve", "The curve of 600 pairs; half of them are of one class.")
def roc_curve() -> Any:
    false_accepts, true_accepts, _ = metrics.roc_curve(*pairs())
    figure, (axis,) = panels(1, figsize=(4.2, 2.8))
    axis.plot(false_accepts, true_accepts, color=COLORS[0])
    axis.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1)
    axis.set_xlabel("false accept rate (FAR)")
    axis.set_ylabel("true accept rate (VAL)")
    return figure


@plot(
    "metrics.verification_accuracy",
    "The similarities of 600 pairs, and the accuracy over ten folds.",
)
def verification_accuracy() -> Any:
    similarities, same = pairs()
    mean, deviation = metrics.verification_accuracy(similarities, same)
    figure, (axis,) = panels(1, figsize=(5, 2.6))
    edges = np.linspace(-0.6, 1.3, 40)
    axis.hist(similarities[same], edges, color=COLORS[0], alpha=0.7, label="one class")
    axis.hist(similarities[~same], edges, color=COLORS[1], alpha=0.7, label="two")
    axis.set_title(f"accuracy {mean:.3f} ± {deviation:.3f}")
    axis.set_xlabel("similarity")
    axis.set_ylabel("pairs")
    axis.legend()
    return figure


@plot("metrics.connected_segments", "Two segments, and their five connected parts.")
def connected_segments() -> Any:
    segments = np.zeros((12, 18), int)
    segments[1:5, 2:7] = segments[7:11, 1:5] = segments[3:9, 10:16] = 1
    segments[5:7, 12:14] = 0
    parts = metrics.connected_segments(segments)
    figure, axes = panels(2, figsize=(6, 2.2))
    axes[0].imshow(segments, cmap="Blues", vmin=-0.5, vmax=1.5)
    axes[0].set_title("segments")
    axes[1].imshow(parts, cmap="tab10", vmin=0, vmax=9)
    axes[1].set_title(f"{parts.max() + 1} components")
    for axis in axes:
        axis.set_axis_off()
    return figure


# --- Optimizers -----------------------------------------------------------------------

STEPS = np.arange(0, 1000)


def schedules(curves: Mapping[str, Callable[[Any], Any]], *, log: bool = False) -> Any:
    """Draws schedules over the steps."""
    figure, (axis,) = panels(1, figsize=(5, 2.5))
    rates = {
        label: jax.vmap(lambda t, f=f: jnp.asarray(f(t), float))(jnp.asarray(STEPS))
        for label, f in curves.items()
    }
    lines(axis, STEPS, rates, "rate", "step")
    if log:
        axis.set_yscale("log")
    axis.legend(loc="upper right")
    return figure


@plot("optimizers.step_decay", "Two schedules over 1,000 steps.")
def step_decay() -> Any:
    return schedules(
        {
            "at=[500, 750]": optimizers.step_decay(0.1, at=[500, 750]),
            "at=[300, 600, 800], factor=0.2": optimizers.step_decay(
                0.1, at=[300, 600, 800], factor=0.2
            ),
        },
        log=True,
    )


@plot("optimizers.inverse_time_decay", "Two schedules over 1,000 steps.")
def inverse_time_decay() -> Any:
    return schedules(
        {
            f"gamma={g:g}, power={p:g}": optimizers.inverse_time_decay(
                0.1, gamma=g, power=p
            )
            for g, p in ((0.01, 0.75), (0.01, 1.0))
        }
    )


@plot("optimizers.piecewise_linear", "A schedule over 1,000 steps.")
def piecewise_linear() -> Any:
    return schedules(
        {
            "[0, 400, 800, 1000], [0, 0.01, 0.0005, 0]": optimizers.piecewise_linear(
                [0, 400, 800, 1000], [0, 0.01, 0.0005, 0]
            )
        }
    )


@plot("optimizers.with_warmup", "A cosine schedule after two warm-ups of 100 steps.")
def with_warmup() -> Any:
    import optax

    cosine = optax.cosine_decay_schedule(0.1, 900)
    return schedules(
        {
            f"start={s:g}": optimizers.with_warmup(cosine, steps=100, start=s)
            for s in (0.0, 0.05)
        }
    )


def step_sizes(optimizer: Any, steps: int, **extra: Any) -> np.ndarray:
    """Returns the sizes of the steps for a gradient that is always 1."""

    def body(state: Any, keywords: Mapping[str, jax.Array]) -> tuple[Any, jax.Array]:
        update, state = optimizer.update(jnp.ones(()), state, jnp.zeros(()), **keywords)
        return state, -update

    return np.asarray(
        jax.lax.scan(body, optimizer.init(jnp.zeros(())), extra, steps)[1]
    )


def steps_of(optimizers_by_label: Mapping[str, Any], *, log: bool = True) -> Any:
    """Draws the sizes of the steps of optimizers."""
    figure, (axis,) = panels(1, figsize=(5, 2.5))
    sizes = {k: step_sizes(o, 120) for k, o in optimizers_by_label.items()}
    lines(axis, np.arange(120), sizes, "size of the step", "step")
    if log:
        axis.set_yscale("log")
    axis.legend()
    return figure


DROP = optimizers.step_decay(0.1, at=[60])
DROPPED = (
    "The sizes of the steps for a constant gradient, with a momentum of 0.9. The rate "
    "drops to a tenth at step 60."
)


@plot("optimizers.sgd", DROPPED)
def sgd() -> Any:
    return steps_of(
        {
            "sgd": optimizers.sgd(DROP, momentum=0.9),
            "caffe_sgd": optimizers.caffe_sgd(DROP, momentum=0.9),
        }
    )


@plot("optimizers.caffe_sgd", DROPPED)
def caffe_sgd() -> Any:
    return steps_of(
        {
            "caffe_sgd": optimizers.caffe_sgd(DROP, momentum=0.9),
            "sgd": optimizers.sgd(DROP, momentum=0.9),
        }
    )


@plot("optimizers.reset_momentum", DROPPED)
def reset_momentum() -> Any:
    plain = optimizers.sgd(DROP, momentum=0.9)
    return steps_of(
        {
            "reset_momentum(sgd, at=[60])": optimizers.reset_momentum(plain, at=[60]),
            "sgd": plain,
        }
    )


@plot(
    "optimizers.reduce_on_plateau",
    "A metric that stops to rise after 20 epochs, and the rate, with a patience of 5.",
)
def reduce_on_plateau() -> Any:
    import optax

    epochs = 60
    metric = 0.9 - 0.5 * np.exp(-np.minimum(np.arange(epochs), 20) / 6)
    optimizer = optax.chain(
        optimizers.sgd(0.1),
        optimizers.reduce_on_plateau(steps_per_epoch=1, factor=0.5, patience=5),
    )
    rates = step_sizes(optimizer, epochs, metric=jnp.asarray(metric, jnp.float32))
    figure, (left, right) = panels(2)
    lines(left, np.arange(epochs), {"metric": metric}, "metric", "epoch")
    lines(right, np.arange(epochs), {"rate": rates}, "rate", "epoch")
    return figure


# --- Augmentations --------------------------------------------------------------------


@functools.cache
def photo() -> np.ndarray:
    """Returns a photo of 96 x 96 pixels from scikit-image."""
    import skimage.data

    image = skimage.data.astronaut()[0:384, 64:448]
    return image.reshape(96, 4, 96, 4, 3).mean((1, 3)).astype(np.uint8)


@functools.cache
def second_photo() -> np.ndarray:
    """Returns another photo of 96 x 96 pixels."""
    import skimage.data

    image = skimage.data.chelsea()[0:288, 80:368]
    return image.reshape(96, 3, 96, 3, 3).mean((1, 3)).astype(np.uint8)


def shown(images: Mapping[str, Any]) -> Any:
    """Draws images side by side."""
    figure, axes = panels(len(images), figsize=(7, 7 / len(images) + 0.3))
    for axis, (title, image) in zip(axes, images.items(), strict=True):
        image = np.asarray(image)
        if image.dtype != np.uint8:
            image = np.clip(image, 0, 255).astype(np.uint8)
        axis.imshow(image)
        axis.set_title(title)
        axis.set_axis_off()
    return figure


def draws(function: str, **keywords: Any) -> None:
    """Registers a plot of a photo and of four draws of an augmentation."""

    def draw() -> Any:
        from adrjax.data import augment

        change = jax.jit(functools.partial(getattr(augment, function), **keywords))
        keys = jax.random.split(jax.random.key(0), 4)
        changed = {f"draw {i + 1}": change(key, photo()) for i, key in enumerate(keys)}
        return shown({"photo": photo()} | changed)

    settings = ", ".join(f"{k}={v}" for k, v in keywords.items())
    under = f" with ``{settings}``" if settings else ""
    plot(f"data.augment.{function}", f"A photo, and four draws{under}.")(draw)


draws("color_jitter", brightness=0.5, contrast=0.5, saturation=0.5, hue=0.1)
draws("cutout", size=32)
draws("flip")
draws("lighting", std=0.5)
draws("pad_crop", padding=16)
draws("pad_crop_flip", padding=16)
draws("rand_augment", num_ops=2, magnitude=12.0)
draws("random_erasing", rate=1.0)
draws("random_resized_crop", size=(96, 96))
draws("rotate", degrees=30.0)
draws("translate", fraction=0.3)


@plot("data.augment.crop", "A photo, its middle, and another part.")
def crop() -> Any:
    from adrjax.data import augment

    return shown(
        {
            "photo": photo(),
            "size=(64, 64)": augment.crop(photo(), size=(64, 64)),
            "top=0, left=0": augment.crop(photo(), size=(64, 64), top=0, left=0),
        }
    )


@plot("data.augment.ten_crop", "The first five of the ten crops.")
def ten_crop() -> Any:
    from adrjax.data import augment

    crops = augment.ten_crop(photo(), size=(64, 64))
    return shown({f"{i + 1}": crops[i] for i in range(5)})


def mixed(function: str, seeds: Sequence[int]) -> None:
    """Registers a plot of two photos and of the draws of a mixture."""

    def draw() -> Any:
        from adrjax.data import augment

        batch, labels = np.stack([photo(), second_photo()]), np.arange(2)
        mix = functools.partial(getattr(augment, function), num_classes=2, alpha=1.0)
        images = {"class 0": batch[0], "class 1": batch[1]}
        for i, seed in enumerate(seeds):
            out, target = mix(jax.random.key(seed), batch, labels)
            images[f"draw {i + 1}: {target[0, 0]:.2f}, {target[0, 1]:.2f}"] = out[0]
        return shown(images)

    plot(
        f"data.augment.{function}",
        "Two photos, and three draws of the first, with the shares of the labels.",
    )(draw)


mixed("mixup", seeds=(4, 10, 12))
mixed("cutmix", seeds=(1, 9, 2))


# --- Drawing --------------------------------------------------------------------------


def fingerprint() -> str:
    """Returns a hash of this file and of the source of adrjax."""
    import adrjax

    package = pathlib.Path(adrjax.__file__).parent
    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes())
    for path in sorted(package.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def draw_all(folder: pathlib.Path) -> None:
    """Draws all plots as SVG, unless they are there and nothing has changed."""
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "fingerprint"
    current = fingerprint()
    if stamp.exists() and stamp.read_text() == current:
        return
    with matplotlib.rc_context(STYLE):
        for name, entry in PLOTS.items():
            figure = entry.draw()
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    stamp.write_text(current)
