"""The one list of the library's functions of logits, cosines and features.

A function is one entry, some options of it another. tests/properties.py has what holds
for all of them; tests/test_catalogue.py fails where a public function has no entry or
a keyword is never moved off its default.
"""

from collections.abc import Callable, Mapping
import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp

import adrjax
from adrjax import embeddings, losses, margins
import formulas.embeddings
import formulas.losses
import formulas.margins
import formulas.regularizers
import formulas.targets
from tests import inputs
from tests.inputs import CLASSES

KINDS = {  # the batches a case is tested on, and the draws of hypothesis
    "logits": (inputs.batches_of_logits, inputs.drawn_logits),
    "cosines": (inputs.batches_of_cosines, inputs.drawn_cosines),
    "features": (inputs.batches_of_features, inputs.drawn_features),
}

TRAITS = {
    "coupled": "the examples of a batch are not independent",
    "all classes": "infinite where a class is masked",
    "two classes": "one class alone is refused",
    "no labels": "labels are not looked at",
    "no rows": "has no row for each class",
    "ordered": "the classes have an order, or pairs are made from the labels",
    "stopped": "some parts have no gradient, so no difference quotient fits",
    "rows move": "gradient flows into the rows",
    "direction": "the length of a feature does not matter",
    "angles": "the derivative is infinite at cosines of 1 and -1",
    "kinks": "the slope jumps where two squared distances are equal",
    "jumps": "so does the value",
    "any label": "labels may name any number of classes",
    "five classes": "fits five classes alone",
    "products": "a slope adds up multiples of a factor that may be large",
    "matrix": "takes two axes alone",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """A function of the library, in the form `(x, y, c, **numbers) -> values`.

    Attributes:
        name: The public path, and after a comma what is special.
        kind: What `x` is: "logits", "cosines" or "features".
        ours: The function. Margins and targets are put under cross entropy.
        printed: The formula of the paper, in the same form.
        hyper: Of each number that may be traced the low end, a typical value and the
            high end of what it is tested on.
        options: Keywords that are known while tracing, bound in `ours` and `printed`.
        covers: Keywords that `ours` moves off their defaults in another way.
        traits: Some of TRAITS.
        sizes: The sizes of the terms that value and gradient add up.
        stateful: Makes the loss with a state, from `c` and keywords.
    """

    name: str
    kind: str
    ours: Callable[..., jax.Array]
    printed: Callable[..., jax.Array]
    hyper: Mapping[str, tuple[float, float, float]]
    options: Mapping[str, Any]
    covers: frozenset[str]
    traits: frozenset[str]
    sizes: tuple[float, float]
    stateful: Callable[..., adrjax.StatefulLoss] | None

    @property
    def function(self) -> str:
        """The public path alone, "losses.focal"."""
        return self.name.split(",")[0]

    @property
    def public(self) -> Callable[..., Any]:
        """The public function itself."""
        role, name = self.function.split(".")
        return getattr(getattr(adrjax, role), name)

    @property
    def typical(self) -> dict[str, float]:
        return {name: middle for name, (_, middle, _) in self.hyper.items()}

    def __repr__(self) -> str:
        return self.name


def case(
    name,
    *,
    form=None,
    ours=None,
    printed=None,
    printed_form=None,
    hyper=None,
    options=None,
    covers="",
    traits="",
    sizes=(1.0, 1.0),
    stateful=None,
):
    """Returns the case of a public function and the formula of the same name.

    Args:
        name: The public path, and after a comma what is special.
        form: Maps the function to the form of a case; None: that of its role.
        ours: The function, if it is not the public one.
        printed: The formula, if it is not the one of the same name.
        printed_form: Maps the formula to the form of a case; None: `form`.
        hyper: Of each number low, typical and high.
        options: Keywords that are known while tracing.
        covers: More keywords that it moves.
        traits: Some of TRAITS, with commas.
        sizes: The sizes of the terms of value and gradient.
        stateful: Makes the loss with a state, from `c` and keywords.
    """
    role, function = name.split(",")[0].split(".")
    form = form or FORMS[role]
    ours = ours or getattr(getattr(adrjax, role), function)
    printed = printed or getattr(getattr(formulas, role), function)
    options = options or {}
    some = {trait for trait in traits.split(", ") if trait} | set(form.traits)
    assert some <= TRAITS.keys(), some - TRAITS.keys()
    return Case(
        name,
        form.kind,
        functools.partial(form.put, ours, **options),
        functools.partial((printed_form or form).put, printed, **options),
        hyper or {},
        options,
        frozenset(covers.split()),
        frozenset(some),
        sizes,
        stateful and functools.partial(stateful, **options),
    )


@dataclasses.dataclass(frozen=True)
class Form:
    """How a function of some signature becomes one of `(x, y, c, **numbers)`."""

    kind: str
    put: Callable[..., Any]
    traits: tuple[str, ...] = ()


HALVES = (jnp.bfloat16, jnp.float16)


def exact_cross_entropy(logits, labels):
    return losses.focal(logits, labels, gamma=0.0)  # exact however close to 0


def promoted(x):
    """Returns half precision in float32, so that sums of gradients are rounded once."""
    return x.astype(jnp.float32) if x.dtype in HALVES else x


def target_of_labels(f, z, y, c, **k):
    return losses.cross_entropy(z, f(y, num_classes=z.shape[-1], **k))


def target_of_logits(f, z, y, c, **k):
    z = promoted(z)
    return losses.cross_entropy(z, f(z, y, **k))


LOSS = Form("logits", lambda f, z, y, c, **k: f(z, y, **k))
TARGET = Form("logits", target_of_labels)
TARGET_OF_LOGITS = Form("logits", target_of_logits)
REGULARIZER = Form("logits", lambda f, z, y, c, **k: f(z, **k), ("no labels",))
MARGIN = Form("cosines", lambda f, x, y, c, **k: exact_cross_entropy(f(x, y, **k), y))
MARGIN_OF_FEATURES = Form(
    "features",
    lambda f, x, y, c, **k: exact_cross_entropy(f(x, c, y, **k), y),
    ("rows move",),
)
EMBEDDING = Form("features", lambda f, x, y, c, **k: f(x, y, c, **k))
ONLY_LABELS = Form(
    "features", lambda f, x, y, c, **k: f(x, y, **k), ("no rows", "any label")
)
VIEWS = Form(
    "features",
    lambda f, x, y, c, **k: f(x, c[jnp.asarray(y)].astype(promoted(x).dtype), **k),
    ("coupled", "no labels", "rows move"),
)
FORMS = {
    "losses": LOSS,
    "targets": TARGET,
    "regularizers": REGULARIZER,
    "margins": MARGIN,
    "embeddings": EMBEDDING,
}


def first_step(loss_of, x, y, c, **k):
    """The values of a stateful loss at its first state."""
    loss = loss_of(c, **k)
    return loss.apply(loss.init(), promoted(x), y)[0]


def second_epoch(loss_of, x, y, c, **k):
    """Its values after an epoch of the same batch."""
    loss = loss_of(c, **k)
    x = promoted(x)
    state = loss.end_epoch(loss.apply(loss.init(), x, y)[1])
    return loss.apply(state, x, y)[0]


STATEFUL = Form("features", first_step)
STATEFUL_LATER = Form("features", second_epoch, ("coupled",))


def corrected(f, z, y, c, *, rate):
    """Labels flip to all other classes alike."""
    eye = jnp.eye(z.shape[-1])
    others = (1 - eye) / max(len(eye) - 1, 1)
    noise = eye if len(eye) == 1 else (1 - rate) * eye + rate * others
    return f(z, y, transition=noise)


def distilled(f, z, y, c, *, temperature):
    """The teacher has the same classes masked."""
    teacher = jnp.maximum(jnp.roll(z, 1, axis=-1), -8192)
    return f(z, jnp.where(z > -jnp.inf, teacher, -jnp.inf), temperature=temperature)


def of_pixels(f, z, y, c, **k):
    """Six pixels of one class, the last of them like the first."""
    z = jnp.concatenate([z, z[..., :1]], axis=-1)
    return f(z.reshape(*z.shape[:-1], 2, 3, 1), **k)


def in_chunks(f, x, y, c, **k):
    return f(x, c, y, **k)


def weights_alone(f, x, y, c):
    return f(x)


def of_pairs(f, x, y, c, **k):
    """Pairs of each feature and one vector; the labels say which are of one class."""
    return f(x, partner(x), y < 2, **k)


def of_triples(f, x, y, c, **k):
    return f(x, partner(x), -partner(x), **k)


def partner(x):
    other = jnp.asarray(inputs.OTHERS[0, : x.shape[-1]], promoted(x).dtype)
    return jnp.broadcast_to(other, x.shape)


def right_for_even_classes(f, x, y, c, **k):
    y = jnp.asarray(y, "int32")
    sign = jnp.where(y % 2 == 0, 1.0, -1.0)[..., None]
    logits = jax.nn.one_hot(y, len(c)) * sign
    return f(x, y, logits, **k)


def with_variance(f, x, y, c, **k):
    """The variance moves with the rows."""
    return f(x, y, c, jnp.exp(c[0, 0]), **k)


def online_label_smoothing(c, **k):
    return losses.online_label_smoothing(len(c), **k)


def running_center(c, **k):
    return embeddings.running_center(*c.shape, **k)


def wide(f, x, y, c, **k):
    """More dimensions than the batch has examples."""
    x, c = (jnp.concatenate([a, jnp.roll(a, 1, axis=-1)], axis=-1) for a in (x, c))
    return f(x, y, c, **k) / 10


OF_COSINES = Form(
    "features",
    lambda f, x, y, c, **k: exact_cross_entropy(f(margins.cosines(x, c), y, **k), y),
    ("rows move", "direction"),
)
MARGIN_NUMBERS = {"margin": (0.0, 0.3, 1.0), "scale": (0.0, 3.0, 64.0)}
IDENTITY = {"g": lambda x: x}
LAM = (0.0, 0.5, 5.0)
MARGIN_SIZES = (256.0, 256.0)  # the scale times cosines

# fmt: off
LOSSES = [
    case("losses.cross_entropy"),
    case("losses.focal", hyper={"gamma": (0.0, 2.0, 5.0)}),
    case("losses.mean_absolute_error"),
    case("losses.generalized_cross_entropy", hyper={"q": (0.0, 0.7, 1.0)}),
    case("losses.truncated_generalized_cross_entropy",
         hyper={"threshold": (0.01, 0.5, 1.0), "q": (0.0, 0.7, 1.0)}),
    case("losses.reverse_cross_entropy", hyper={"log_zero": (-10.0, -4.0, 0.0)}),
    case("losses.symmetric_cross_entropy",
         hyper={"alpha": (0.0, 0.1, 6.0), "beta": (0.0, 1.0, 2.0), "log_zero": (-10.0, -4.0, 0.0)}),
    case("losses.gradient_rescaling", traits="stopped",
         hyper={"beta": (0.0, 8.0, 8.0), "lam": (0.0, 0.5, 2.0), "eps": (0.0, 1e-4, 1e-3)}),
    case("losses.gradient_rescaling, identity", traits="stopped", options=IDENTITY,
         hyper={"beta": (0.0, 4.0, 8.0), "lam": (0.0, 1.0, 2.0)}),
    case("losses.gradient_rescaling, normalized", traits="stopped, coupled", options={"normalize": True},
         hyper={"beta": (0.0, 4.0, 8.0)}),
    case("losses.forward_correction", form=Form("logits", corrected), covers="transition",
         hyper={"rate": (0.0, 0.3, 0.99)}),
    case("losses.backward_correction", form=Form("logits", corrected), covers="transition",
         hyper={"rate": (0.0, 0.3, 0.5)}, traits="all classes", sizes=(1e5, 1.0)),
    case("losses.forward_correction, rate 1", form=Form("logits", functools.partial(corrected, rate=1.0)),
         traits="all classes"),
    case("losses.backward_correction, rate 1", form=Form("logits", functools.partial(corrected, rate=1.0)),
         traits="all classes", sizes=(1e5, 1.0)),
    case("losses.complement_entropy"),
    case("losses.complement_entropy, balanced", options={"normalizer": "c-1"}),
    case("losses.complement_entropy, code", options={"normalizer": "c"}),
    case("losses.distillation", form=Form("logits", distilled), traits="no labels, ordered, stopped",
         hyper={"temperature": (0.1, 2.0, 20.0)}, sizes=(20.0, 20.0)),
    case("losses.online_label_smoothing", form=Form("logits", first_step), ours=online_label_smoothing,
         printed=lambda z, y, soft, **k: formulas.losses.online_label_smoothing(
             z, y, jnp.full((CLASSES, CLASSES), 1 / CLASSES), **k),
         printed_form=Form("logits", lambda f, z, y, c, **k: f(z, y, c, **k)),
         hyper={"alpha": (0.0, 0.5, 1.0)}, traits="all classes", stateful=online_label_smoothing),
    case("losses.online_label_smoothing, second epoch", form=Form("logits", second_epoch, ("coupled",)),
         ours=online_label_smoothing, printed=lambda z, y, soft, **k: formulas.losses.online_label_smoothing(
             z, y, formulas.losses.next_soft_labels(z, y), **k),
         printed_form=Form("logits", lambda f, z, y, c, **k: f(z, y, c, **k)),
         hyper={"alpha": (0.0, 0.5, 1.0)}, traits="all classes, stopped", stateful=online_label_smoothing),
    case("losses.chunked_cross_entropy", form=Form("features", in_chunks, ("rows move", "five classes", "products")),
         options={"num_chunks": 5, "logits": lambda x, w, y: jnp.tensordot(x, w, axes=(-1, -1))}),
]

TARGETS = [
    case("targets.smooth_labels", hyper={"alpha": (0.0, 0.1, 1.0)}, covers="num_classes", traits="all classes"),
    case("targets.bootstrap_soft", form=TARGET_OF_LOGITS, hyper={"beta": (0.0, 0.95, 1.0)}),
    case("targets.bootstrap_soft, stopped", form=TARGET_OF_LOGITS, hyper={"beta": (0.0, 0.95, 1.0)},
         options={"stop_gradient": True}, traits="stopped"),
    case("targets.bootstrap_hard", form=TARGET_OF_LOGITS, hyper={"beta": (0.0, 0.8, 1.0)}),
    case("targets.virtual_teacher", covers="num_classes", traits="all classes, two classes",
         hyper={"correct_prob": (0.0, 0.9, 1.0), "temperature": (0.1, 2.0, 20.0)}),
    case("targets.virtual_teacher, soften_probs", options={"soften_probs": True}, traits="all classes, two classes",
         hyper={"correct_prob": (0.0, 0.9, 1.0), "temperature": (0.1, 2.0, 20.0)}),
]

REGULARIZERS = [
    case("regularizers.entropy"),
    case("regularizers.entropy, normalized", options={"normalize": True}, traits="two classes"),
    case("regularizers.variance", traits="two classes"),
    case("regularizers.exponential_variance", traits="two classes"),
    case("regularizers.exponential_variance, eq14", options={"form": "eq14", "tau": 3}, traits="two classes"),
    case("regularizers.spatial_continuity", form=Form("logits", of_pixels, ("no labels", "ordered", "all classes"))),
    case("regularizers.spatial_continuity, sum", form=Form("logits", of_pixels, ("no labels", "ordered", "all classes")),
         options={"normalize": False}),
    case("regularizers.adr", traits="two classes"),
    case("regularizers.adr, tau = c", options={"tau": CLASSES}, traits="two classes", sizes=(5.0, 50.0)),
    case("regularizers.adr, eq14", options={"form": "eq14", "tau": 3}, traits="two classes"),
    case("regularizers.adr, kernel", options={"form": "kernel", "tau": 1}, traits="two classes"),
    case("regularizers.adr, variance", options={"uncertainty": "variance"}, traits="two classes"),
    case("regularizers.adr, l1", options={"statistic": "l1"}, traits="two classes"),
    case("regularizers.adr, stopped", options={"stop_uncertainty": True}, traits="two classes, stopped"),
    case("regularizers.adr, threshold", hyper={"threshold": (0.01, 0.3, 1.0)}, traits="two classes"),
    case("regularizers.adr, batch", options={"scope": "batch"}, traits="two classes, coupled"),
    case("regularizers.adr, batch, stopped", options={"scope": "batch", "stop_uncertainty": True},
         traits="two classes, coupled, stopped"),
    case("regularizers.gsc", hyper={"mean": (0.0, 0.3, 1.0)}, traits="two classes"),
    # Of one class and the mean 1 it is infinite where that class is certain.
    case("regularizers.gsc, top_c = 1", options={"top_c": 1}, hyper={"mean": (0.0, 0.3, 0.9)},
         traits="two classes", sizes=(5.0, 20.0)),
    case("regularizers.gsc, top_c = c", options={"top_c": CLASSES}, hyper={"mean": (0.0, 0.3, 1.0)},
         traits="two classes"),
    case("regularizers.gsc, threshold", hyper={"threshold": (0.01, 0.3, 1.0)}, traits="two classes"),
    case("regularizers.gsc, nats", options={"normalize": False, "stop_uncertainty": True},
         traits="two classes, stopped"),
]

MARGINS = [
    case("margins.cosface", hyper={"margin": (0.0, 0.3, 1.0), "scale": (0.0, 3.0, 64.0)}, sizes=MARGIN_SIZES),
    case("margins.arcface", hyper={"margin": (0.0, 0.4, 3.14), "scale": (0.0, 3.0, 64.0)},
         traits="angles", sizes=MARGIN_SIZES),
    case("margins.combined_margin", traits="angles", sizes=MARGIN_SIZES,
         hyper={"m1": (0.0, 0.9, 4.0), "m2": (0.0, 0.4, 3.14), "m3": (0.0, 0.15, 1.0), "scale": (0.0, 3.0, 64.0)}),
    case("margins.arcface, tail", options={"linear_tail": True}, traits="angles", sizes=MARGIN_SIZES,
         hyper={"margin": (0.0, 2.0, 3.14), "scale": (0.0, 3.0, 64.0)}),
    case("margins.arcface, straight", options={"straight_through": True}, traits="stopped", sizes=MARGIN_SIZES,
         hyper={"margin": (0.0, 0.4, 3.14), "scale": (0.0, 3.0, 64.0)}),
    case("margins.combined_margin, straight tail", options={"straight_through": True, "linear_tail": True},
         traits="stopped, angles", sizes=MARGIN_SIZES,
         hyper={"m1": (0.0, 0.9, 4.0), "m2": (0.0, 2.0, 3.14), "m3": (0.0, 0.15, 1.0)}),
    case("margins.circle", hyper={"margin": (0.0, 0.3, 1.0), "scale": (0.0, 3.0, 256.0)},
         traits="stopped", sizes=MARGIN_SIZES),
    case("margins.circle, moving weights", hyper={"margin": (0.0, 0.3, 1.0), "scale": (0.0, 3.0, 256.0)},
         options={"stop_weights": False}, sizes=MARGIN_SIZES),
    case("margins.cosines", form=Form("features", lambda f, x, y, c: exact_cross_entropy(3 * f(x, c), y), ("rows move", "direction"))),
    *(case(f"margins.{name}, of features", form=OF_COSINES, hyper=MARGIN_NUMBERS, sizes=MARGIN_SIZES, traits=traits)
      for name, traits in (("cosface", ""), ("arcface", "angles"), ("circle", "stopped"))),
    case("margins.large_margin", form=MARGIN_OF_FEATURES, hyper={"lam": LAM}),
    case("margins.large_margin, 3", form=MARGIN_OF_FEATURES, options={"margin": 3}, hyper={"lam": LAM}),
    case("margins.sphereface", form=MARGIN_OF_FEATURES, hyper={"lam": LAM}),
    case("margins.sphereface, 3", form=MARGIN_OF_FEATURES, options={"margin": 3}, hyper={"lam": LAM}),
]

PAIR = ("no rows", "ordered")
ALPHA, ALPHA_OF_IE = (0.0, 0.5, 1.0), (0.1, 3.0, 3.0)

EMBEDDINGS = [
    case("embeddings.center", traits="rows move"),
    case("embeddings.running_center", form=STATEFUL, ours=running_center, traits="no rows",
         printed=lambda x, y, c: formulas.embeddings.center(x, y, jnp.zeros_like(c)), printed_form=EMBEDDING,
         stateful=running_center, covers="num_classes dim"),
    case("embeddings.running_center, second epoch", form=STATEFUL_LATER, ours=running_center, traits="no rows, stopped",
         printed=lambda x, y, c, *, alpha: formulas.embeddings.center(x, y, jax.lax.stop_gradient(
             formulas.embeddings.update_centers(x, y, jnp.zeros_like(c), alpha=alpha))),
         printed_form=EMBEDDING, hyper={"alpha": ALPHA}, stateful=running_center),
    case("embeddings.cosine", traits="direction"),
    case("embeddings.norm_adaptive_cosine", hyper={"delta": (0.0, 0.3, 10.0)}),
    case("embeddings.norm_adaptive_cosine, hypot", options={"hypot": True}, hyper={"delta": (0.0, 0.3, 10.0)}),
    case("embeddings.nac", form=STATEFUL, ours=embeddings.nac, printed_form=EMBEDDING, stateful=embeddings.nac,
         printed=lambda x, y, c, *, initial_delta: formulas.embeddings.norm_adaptive_cosine(x, y, c, delta=initial_delta),
         hyper={"initial_delta": (0.0, 0.3, 1.0)}),
    case("embeddings.nac, second epoch", form=STATEFUL_LATER, ours=embeddings.nac, printed_form=EMBEDDING,
         printed=lambda x, y, c, *, alpha: formulas.embeddings.norm_adaptive_cosine(
             x, y, c, delta=formulas.embeddings.next_delta(x, alpha=alpha)),
         hyper={"alpha": ALPHA}, traits="stopped", stateful=embeddings.nac),
    case("embeddings.self_correlation", traits="coupled, direction"),
    case("embeddings.self_correlation, gram", form=Form("features", wide), traits="coupled, direction"),
    case("embeddings.self_correlation, per dimension", options={"per_dimension": True}, traits="coupled, direction"),
    case("embeddings.pod", form=STATEFUL, ours=embeddings.pod, printed_form=EMBEDDING, traits="coupled",
         printed=lambda x, y, c, *, initial_delta, lam: formulas.embeddings.pod(x, y, c, delta=initial_delta, lam=lam),
         hyper={"initial_delta": (0.0, 0.3, 1.0), "lam": (0.0, 0.7, 1.0)}, stateful=embeddings.pod),
    case("embeddings.pod, code", form=STATEFUL, ours=embeddings.pod, printed_form=EMBEDDING, traits="coupled",
         printed=lambda x, y, c, **k: formulas.embeddings.pod(x, y, c, delta=0.05, **k),
         options={"hypot": True, "per_dimension": True}, stateful=embeddings.pod),
    case("embeddings.pod, second epoch", form=STATEFUL_LATER, ours=embeddings.pod, printed_form=EMBEDDING,
         printed=lambda x, y, c, *, alpha: formulas.embeddings.pod(
             x, y, c, delta=formulas.embeddings.next_delta(x, alpha=alpha)),
         hyper={"alpha": ALPHA}, traits="stopped", stateful=embeddings.pod),
    case("embeddings.pedcc_mse", traits="direction"),
    case("embeddings.pedcc_mse, not normalized", options={"normalize": False}),
    case("embeddings.pedcc", traits="coupled, direction",
         hyper={"margin": (0.0, 0.3, 1.0), "scale": (0.0, 2.0, 15.0), "lam": (0.0, 0.7, 1.0)}),
    case("embeddings.pedcc, root", traits="coupled, direction",
         hyper={"margin": (0.0, 0.3, 1.0), "scale": (0.0, 2.0, 15.0), "lam": (0.0, 0.7, 1.0), "n": (1.0, 2.5, 3.0)}),
    case("embeddings.contrastive", form=Form("features", of_pairs, PAIR), hyper={"margin": (0.0, 3.0, 3.0)}),
    case("embeddings.triplet", form=Form("features", of_triples, ("no rows", "no labels")),
         hyper={"margin": (0.0, 5.0, 5.0)}),
    *(case(f"embeddings.batch_triplet, {mining}", form=ONLY_LABELS, options={"mining": mining}, traits=traits,
           hyper={"margin": (0.0, 5.0, 5.0)})
      for mining, traits in {"all": "coupled, kinks", "semihard": "coupled, kinks, jumps", "hard": "coupled, kinks"}.items()),
    case("embeddings.feature_incay", form=Form("features", right_for_even_classes, PAIR),
         hyper={"eps": (1e-10, 0.1, 1.0)}),
    case("embeddings.include_exclude", hyper={"alpha": ALPHA_OF_IE}, traits="coupled, rows move, stopped"),
    case("embeddings.include_exclude, all classes", options={"present_only": False}, traits="rows move",
         hyper={"alpha": ALPHA_OF_IE, "variance": (0.1, 0.8, 4.0)}),
    case("embeddings.include_exclude, A.1", traits="rows move",
         options={"inside": True, "num_nearest": 2, "present_only": False},
         hyper={"alpha": ALPHA_OF_IE, "variance": (0.1, 0.8, 4.0)}),
    case("embeddings.include_exclude, nearest, learned variance", options={"num_nearest": 2},
         form=Form("features", with_variance), hyper={"alpha": ALPHA_OF_IE}, traits="coupled, rows move, ordered"),
    case("embeddings.include_exclude, share of the nearest", traits="rows move",
         options={"share_nearest": 0.4, "inside": True, "present_only": False},
         hyper={"alpha": ALPHA_OF_IE, "variance": (0.1, 0.8, 4.0)}),
    case("embeddings.circle", form=ONLY_LABELS, traits="coupled, direction, stopped", sizes=MARGIN_SIZES,
         hyper={"margin": (0.0, 0.3, 1.0), "scale": (0.0, 3.0, 256.0)}),
    case("embeddings.circle, moving weights", form=ONLY_LABELS, options={"stop_weights": False}, sizes=MARGIN_SIZES,
         hyper={"margin": (0.0, 0.4, 1.0), "scale": (0.0, 3.0, 256.0)}, traits="coupled, direction"),
    case("embeddings.barlow_twins", form=VIEWS, hyper={"lam": (0.0, 0.1, 1.0)}, sizes=(1.0, 1e5)),
    case("embeddings.vicreg", form=VIEWS, sizes=(25.0, 25.0),
         hyper={"lam": (0.0, 2.0, 25.0), "mu": (0.0, 3.0, 25.0), "nu": (0.0, 1.0, 4.0), "gamma": (0.0, 1.0, 5.0),
                "eps": (1e-4, 1e-2, 0.1)}),
    case("embeddings.orthogonality", form=Form("features", weights_alone, ("no rows", "no labels", "coupled", "direction", "matrix"))),
]
# fmt: on

CASES = [*LOSSES, *TARGETS, *REGULARIZERS, *MARGINS, *EMBEDDINGS]

# Functions that are no loss, and the files that test them.
ELSEWHERE = {
    "embeddings.update_centers": "tests/embeddings/test_running_center.py",
    "centroids.simplex": "tests/centroids/test_simplex.py",
    "centroids.repulsion": "tests/centroids/test_repulsion.py",
}

# Keywords of device axes, states and ELSEWHERE, and the files that move them.
SPLIT_CLASSES = (
    "losses.cross_entropy",
    "regularizers.adr",
    "regularizers.gsc",
    "regularizers.entropy",
    "regularizers.variance",
)
NAMED = {
    **{
        (name, "class_axis"): "tests/heads/test_sharded_cosine.py"
        for name in SPLIT_CLASSES
    },
    **{
        (
            "losses.online_label_smoothing",
            key,
        ): "tests/losses/test_online_label_smoothing.py"
        for key in ("initial", "absent", "freeze")
    },
    **{
        (f"embeddings.{name}", key): "tests/embeddings/test_nac.py"
        for name in ("nac", "pod")
        for key in ("hypot", "norm_of", "first_epoch")
    },
    ("embeddings.update_centers", "alpha"): "tests/embeddings/test_running_center.py",
    ("centroids.repulsion", "steps"): "tests/centroids/test_repulsion.py",
}
