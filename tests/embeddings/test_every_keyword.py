"""What holds for every number that a loss of features takes. The next is one line."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings
from tests import battery
from tests.battery import CLASSES, LABELS
from tests.features import CENTERS, DIM, OTHERS

X = 2 * battery.logits()


def second_epoch(loss):
    """What an epoch of one batch makes of the loss of the next."""
    state = loss.end_epoch(loss.apply(loss.init(), X, LABELS)[1])
    return loss.apply(state, X, LABELS)


# name -> (the loss, the numbers at which it is not flat)
LOSSES = {
    "barlow_twins": (
        lambda x=X, **k: embeddings.barlow_twins(x, OTHERS, **k),
        {"lam": 0.3},
    ),
    "circle": (
        lambda x=X, **k: embeddings.circle(x, LABELS, **k),
        {"margin": 0.4, "scale": 3.0},
    ),
    "contrastive": (
        lambda x=X, **k: embeddings.contrastive(x, OTHERS, LABELS < 2, **k),
        {"margin": 7.0},
    ),
    "feature_incay": (
        lambda x=X, **k: embeddings.feature_incay(
            x, LABELS, np.eye(CLASSES)[LABELS], **k
        ),
        {"eps": 0.1},
    ),
    "include_exclude": (
        lambda x=X, **k: embeddings.include_exclude(x, LABELS, CENTERS, **k),
        {"variance": 0.8, "alpha": 3.0},
    ),
    "norm_adaptive_cosine": (
        lambda x=X, **k: embeddings.norm_adaptive_cosine(x, LABELS, CENTERS, **k),
        {"delta": 0.3},
    ),
    "pedcc": (
        lambda x=X, **k: embeddings.pedcc(x, LABELS, CENTERS, **k),
        {"margin": 0.3, "scale": 3.0, "lam": 0.7, "n": 2.0},
    ),
    "triplet": (
        lambda x=X, **k: embeddings.triplet(x, OTHERS, -OTHERS, **k),
        {"margin": 9.0},
    ),
    "vicreg": (
        lambda x=X, **k: embeddings.vicreg(x, OTHERS, **k),
        {"lam": 2.0, "mu": 3.0, "nu": 4.0, "gamma": 5.0, "eps": 0.1},
    ),
    "update_centers": (
        lambda x=X, **k: embeddings.update_centers(x, LABELS, CENTERS, **k),
        {"alpha": 0.3},
    ),
    "nac": (
        lambda **k: second_epoch(embeddings.nac(CENTERS, **k)),
        {"alpha": 0.3, "initial_delta": 0.4},
    ),
    "pod": (
        lambda **k: second_epoch(embeddings.pod(CENTERS, **k)),
        {"alpha": 0.3, "initial_delta": 0.4, "lam": 0.7},
    ),
    "running_center": (
        lambda **k: second_epoch(embeddings.running_center(CLASSES, DIM, **k)),
        {"alpha": 0.3},
    ),
}
KEYWORDS = [(name, key) for name, (_, numbers) in LOSSES.items() for key in numbers]
# What only the first epoch sees, or the state.
UNSEEN = {("nac", "initial_delta"), ("pod", "initial_delta")}


@pytest.mark.parametrize("name", LOSSES)
def test_numbers_may_be_traced(name):
    loss, numbers = LOSSES[name]
    traced = jax.jit(lambda numbers: loss(**numbers))(numbers)
    for actual, expected in zip(
        jax.tree.leaves(traced), jax.tree.leaves(loss(**numbers)), strict=True
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name, key", sorted(set(KEYWORDS) - UNSEEN))
def test_numbers_matter(name, key):
    loss, numbers = LOSSES[name]
    moved = loss(**numbers | {key: 1.1 * numbers[key]})
    changes = jax.tree.map(lambda a, b: jnp.abs(a - b).max(), loss(**numbers), moved)
    assert max(jax.tree.leaves(changes)) > 1e-3


@pytest.mark.parametrize("name, key", KEYWORDS)
def test_a_negative_number_is_refused(name, key):
    loss, numbers = LOSSES[name]
    with pytest.raises(ValueError, match=rf"^{key} must be .*, got -1"):
        loss(**numbers | {key: -1.0})


@pytest.mark.parametrize(
    "name, key", [("feature_incay", "eps"), ("vicreg", "eps"), ("pedcc", "n")]
)
def test_a_zero_that_would_divide_is_refused(name, key):
    loss, numbers = LOSSES[name]
    with pytest.raises(ValueError, match=rf"^{key} must be .*, got 0"):
        loss(**numbers | {key: 0})


@pytest.mark.parametrize(
    "name", sorted(LOSSES.keys() - {"nac", "pod", "running_center"})
)
def test_the_gradient_has_the_dtype_of_the_features(name):
    """Though numbers of more digits promote the value."""
    loss, numbers = LOSSES[name]
    with jax.enable_x64(True):
        wide = {key: jnp.asarray(x, "float64") for key, x in numbers.items()}
        slope = jax.grad(lambda x: loss(x, **wide).sum())(jnp.asarray(X, "float32"))
    assert slope.dtype == jnp.float32
