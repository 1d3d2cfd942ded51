"""Every target is a distribution over the classes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import targets
from tests.inputs import CLASSES, LABELS

Z = jnp.zeros((6, CLASSES))  # a network that prefers no class
TARGETS = {
    "smooth_labels": lambda y: targets.smooth_labels(y, num_classes=CLASSES),
    "bootstrap_soft": lambda y: targets.bootstrap_soft(Z, y),
    "bootstrap_hard": lambda y: targets.bootstrap_hard(Z, y),
    "virtual_teacher": lambda y: targets.virtual_teacher(y, num_classes=CLASSES),
}


@pytest.mark.parametrize("name", TARGETS)
def test_target_sums_to_1_and_favors_the_label(name):
    probs = np.asarray(jax.jit(TARGETS[name])(LABELS))
    assert probs.shape == (6, CLASSES) and probs.dtype == np.float32
    np.testing.assert_allclose(probs.sum(-1), 1, rtol=1e-6)
    assert (probs >= 0).all()
    np.testing.assert_array_equal(probs.argmax(-1), LABELS)


@pytest.mark.parametrize("name", TARGETS)
def test_labels_outside_the_classes_raise(name):
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
        TARGETS[name](np.array([0, 5, 0, 0, 0, 0]))
    with pytest.raises(TypeError, match=r"labels must be integer .* got float32"):
        TARGETS[name](np.zeros(6, np.float32))
