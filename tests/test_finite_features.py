"""Every function of features or cosines is finite everywhere. The next is one line."""

import functools
import math

from hypothesis import given
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings, margins
from tests import battery, finite
from tests.battery import CLASSES, LABELS

RNG = np.random.default_rng(3)
CENTERS = RNG.normal(size=(CLASSES, CLASSES))
CENTERS /= np.linalg.norm(CENTERS, axis=1, keepdims=True)
CENTERS = CENTERS.astype(np.float32)
OTHERS = RNG.normal(size=CLASSES).astype(np.float32)
# So that every entry of a margin's Jacobian counts.
COTANGENT = np.array([0.5, -1.25, 0.75, 1.0, -0.375], np.float32)


def like(x, rows):
    return jnp.asarray(rows, jnp.promote_types(x.dtype, jnp.float32))


def to_centers(loss, **options):
    return lambda x, y, **hyper: loss(x, y, like(x, CENTERS), **options, **hyper)


def of_cosines(to_logits, **options):
    return lambda c, y, **hyper: to_logits(c, y, **options, **hyper) @ COTANGENT


def of_features(to_logits, **options):
    def logits(x, y, **hyper):
        return to_logits(x, like(x, CENTERS), y, **options, **hyper) @ COTANGENT

    return logits


def of_weights(to_logits, **options):
    """The vectors are the weights of the classes, the centers the features."""

    def logits(x, y, **hyper):
        y = jnp.minimum(y, len(x) - 1)
        features = like(x, CENTERS[: len(y)])
        return to_logits(features, x, y, **options, **hyper) @ COTANGENT[: len(x)]

    return logits


def cosines(x, w, y):
    return margins.cosines(x, w)


def first_apply(loss, *arguments):
    def first(x, y, **hyper):
        rows = like(x, CENTERS)
        x = x.astype(rows.dtype)  # once, so that two gradients are added unrounded
        made = loss(*arguments, **hyper) if arguments else loss(rows, **hyper)
        return made.apply(made.init(), x, y)[0]

    return first


def contrastive(x, y, margin):
    return embeddings.contrastive(x, like(x, CENTERS)[y], y < 2, margin=margin)


def triplet(x, y, margin):
    positives, negatives = like(x, CENTERS)[y], like(x, CENTERS)[y - 1]
    return embeddings.triplet(x, positives, negatives, margin=margin)


def feature_incay(x, y, eps):
    return embeddings.feature_incay(x, y, like(x, np.eye(CLASSES))[y // 2 * 2], eps=eps)


def include_exclude(**options):
    # No two of the centers are equally far from 0.
    centers = CENTERS * np.linspace(0.5, 1.5, CLASSES, dtype=np.float32)[:, None]
    return lambda x, y, **hyper: embeddings.include_exclude(
        x, y, like(x, centers), **options, **hyper
    )


def of_views(loss):
    return lambda x, y, **hyper: loss(x, like(x, CENTERS)[y], **hyper)


# name -> (function of cosines, labels and hyper-parameters, the range of each of these)
OF_COSINES = {
    "cosface": (of_cosines(margins.cosface), ("margin", 0.0, 1.0)),
    "arcface": (of_cosines(margins.arcface), ("margin", 0.0, math.pi)),
    "arcface, straight_through": (
        of_cosines(margins.arcface, straight_through=True),
        ("margin", 0.0, math.pi),
    ),
    "arcface, linear_tail": (
        of_cosines(margins.arcface, linear_tail=True),
        ("margin", 0.0, math.pi),
    ),
    "combined_margin": (
        of_cosines(margins.combined_margin),
        ("m1", 0.0, 4.0),
        ("m2", 0.0, math.pi),
        ("m3", 0.0, 1.0),
    ),
    "circle": (of_cosines(margins.circle), ("margin", 0.0, 1.0)),
    "circle of moving weights": (
        of_cosines(margins.circle, stop_weights=False),
        ("margin", 0.0, 1.0),
    ),
}

# Of features, labels and hyper-parameters.
OF_FEATURES = {
    "cosines": (of_features(cosines),),
    "cosines, of weights": (of_weights(cosines),),
    "large_margin": (of_features(margins.large_margin), ("lam", 0.0, 5.0)),
    "large_margin, of weights": (of_weights(margins.large_margin), ("lam", 0.0, 1.0)),
    "sphereface": (of_features(margins.sphereface), ("lam", 0.0, 5.0)),
    "sphereface, of weights": (
        of_weights(margins.sphereface, margin=3),
        ("lam", 0.0, 1.0),
    ),
    "center": (to_centers(embeddings.center),),
    "running_center": (
        first_apply(embeddings.running_center, CLASSES, CLASSES),
        ("alpha", 0.0, 1.0),
    ),
    "cosine": (to_centers(embeddings.cosine),),
    "norm_adaptive_cosine": (
        to_centers(embeddings.norm_adaptive_cosine),
        ("delta", 0.0, 10.0),
    ),
    "norm_adaptive_cosine, hypot": (
        to_centers(embeddings.norm_adaptive_cosine, hypot=True),
        ("delta", 0.0, 10.0),
    ),
    "nac": (
        first_apply(embeddings.nac),
        ("alpha", 0.0, 1.0),
        ("initial_delta", 0.0, 1.0),
    ),
    "pedcc_mse": (to_centers(embeddings.pedcc_mse),),
    "pedcc": (
        to_centers(embeddings.pedcc, scale=15.0),
        ("margin", 0.0, 1.0),
        ("lam", 0.0, 1.0),
        ("n", 1.0, 3.0),
    ),
    "contrastive": (contrastive, ("margin", 0.0, 2.0)),
    "triplet": (triplet, ("margin", 0.0, 1.0)),
    "feature_incay": (feature_incay, ("eps", 1e-10, 1.0)),
    "include_exclude": (include_exclude(), ("alpha", 0.1, 1.0)),
    "include_exclude, fixed": (
        include_exclude(present_only=False),
        ("alpha", 0.1, 1.0),
        ("variance", 0.1, 4.0),
    ),
    "include_exclude, A.1": (
        include_exclude(inside=True, num_nearest=2, present_only=False),
        ("alpha", 0.1, 1.0),
        ("variance", 0.1, 4.0),
    ),
    "circle": (embeddings.circle, ("margin", 0.0, 1.0)),
    "circle of moving weights": (
        functools.partial(embeddings.circle, stop_weights=False),
        ("margin", 0.0, 1.0),
    ),
    "self_correlation": (to_centers(embeddings.self_correlation),),
    "pod": (first_apply(embeddings.pod), ("alpha", 0.0, 1.0), ("lam", 0.0, 1.0)),
    "barlow_twins": (of_views(embeddings.barlow_twins), ("lam", 0.0, 1.0)),
    "vicreg": (
        of_views(embeddings.vicreg),
        ("lam", 0.0, 1.0),
        ("mu", 0.0, 1.0),
        ("nu", 0.0, 1.0),
    ),
    "orthogonality": (lambda x, y: embeddings.orthogonality(x),),
}


OF_ANGLES = {"arcface", "arcface, linear_tail", "combined_margin"}
# The terms of value and gradient where they are larger than 1: the scale times cosines,
# and slopes by a dimension that hardly varies.
SCALED = (256.0, 256.0)
SIZES = {
    "circle": SCALED,
    "circle of moving weights": SCALED,
    "barlow_twins": (1.0, 1e5),
}
# Those that a batch of one example has no part of.
OF_BATCHES = (
    "include_exclude",
    "circle",
    "self_correlation",
    "pod",
    "pedcc",
    "barlow_twins",
    "vicreg",
    "orthogonality",
)


@pytest.mark.parametrize("dtype", finite.LARGEST)
@pytest.mark.parametrize("name", OF_COSINES)
@given(drawn=finite.VECTORS)
def test_of_cosines(name, dtype, drawn):
    c, y, shares = finite.rows_of_cosines(drawn)
    of_label = np.take_along_axis(c, y[:, None], axis=1)[:, 0]
    finite.is_finite_and_close_to_float64(
        finite.of_shares(*OF_COSINES[name]),
        dtype,
        c,
        y,
        *shares.T,
        nudged=finite.by_rounding_vectors,
        sizes=SCALED,
        # There the derivative is infinite and taken at an angle by the precision.
        leave_out=(name in OF_ANGLES) & (np.abs(of_label) > 1 - finite.DIGITS[dtype]),
    )


@pytest.mark.parametrize("dtype", finite.LARGEST)
@pytest.mark.parametrize("name", OF_FEATURES)
@given(drawn=finite.VECTORS)
def test_of_features(name, dtype, drawn):
    x, y, shares = finite.batches_of_vectors(drawn, finite.LARGEST[dtype], CENTERS)
    finite.is_finite_and_close_to_float64(
        finite.of_shares(*OF_FEATURES[name]),
        dtype,
        x,
        y,
        *shares.T,
        nudged=finite.by_rounding_vectors,
        sizes=SIZES.get(name, (1.0, 1.0)),
    )


@pytest.mark.parametrize("name", OF_BATCHES)
@given(drawn=finite.VECTORS)
def test_of_one_example(name, drawn):
    largest = finite.LARGEST["float32"]
    x, y, shares = finite.batches_of_vectors(drawn, largest, CENTERS)
    finite.is_finite_and_close_to_float64(
        finite.of_shares(*OF_FEATURES[name]),
        "float32",
        x[:, :1],
        y[:, :1],
        *shares.T,
        nudged=finite.by_rounding_vectors,
        sizes=SIZES.get(name, (1.0, 1.0)),
    )


@pytest.mark.parametrize(
    "name", [name for name in OF_FEATURES if OF_FEATURES[name][1:]]
)
def test_traced_hyper_parameters_are_those_known(name):
    finite.traced_hyper_parameters_are_those_known(
        *OF_FEATURES[name], x=battery.logits()[:4], y=LABELS[:4]
    )


@pytest.mark.parametrize("name", OF_COSINES)
def test_traced_margins_are_those_known(name):
    finite.traced_hyper_parameters_are_those_known(
        *OF_COSINES[name], x=np.tanh(battery.logits()), y=LABELS
    )
