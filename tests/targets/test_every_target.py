"""What holds for every target of labels. The next target is one line."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import targets
from tests.battery import CLASSES, LABELS


def undecided(target):
    """Binds logits to which all classes are alike."""
    return lambda labels: target(jnp.zeros((*np.shape(labels), CLASSES)), labels)


TARGETS = {
    "smooth_labels": functools.partial(targets.smooth_labels, num_classes=CLASSES),
    "bootstrap_soft": undecided(targets.bootstrap_soft),
    "bootstrap_hard": undecided(targets.bootstrap_hard),
    "virtual_teacher": functools.partial(targets.virtual_teacher, num_classes=CLASSES),
}

every_target = pytest.mark.parametrize("name", TARGETS)


@every_target
def test_is_a_distribution_that_favours_the_label(name):
    probs = TARGETS[name](LABELS)
    assert probs.shape == (6, CLASSES) and probs.dtype == jnp.float32
    np.testing.assert_allclose(probs.sum(-1), 1, rtol=1e-6)
    assert (probs >= 0).all()
    np.testing.assert_array_equal(probs.argmax(-1), LABELS)


@every_target
def test_any_leading_shape_and_jit(name):
    flat = TARGETS[name](LABELS)
    square = TARGETS[name](LABELS.reshape(2, 3))
    np.testing.assert_array_equal(square.reshape(6, CLASSES), flat)
    np.testing.assert_array_equal(jax.vmap(TARGETS[name])(LABELS), flat)
    np.testing.assert_allclose(jax.jit(TARGETS[name])(LABELS), flat, rtol=1e-6)


@every_target
def test_labels_that_name_no_class_are_refused(name):
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
        TARGETS[name](np.array([0, 5]))
    with pytest.raises(TypeError, match=r"labels must be integer .* got float32"):
        TARGETS[name](np.zeros(3, np.float32))
