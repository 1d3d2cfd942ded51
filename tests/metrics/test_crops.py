"""The probabilities of several crops."""

import jax
import numpy as np
import pytest

from adrjax.metrics import crop_probs

LOGITS = np.random.default_rng(0).normal(size=(4, 10, 7)).astype(np.float32)


def test_is_the_mean_of_the_softmax():
    exp = np.exp(LOGITS)
    expected = (exp / exp.sum(-1, keepdims=True)).mean(1)
    np.testing.assert_allclose(jax.jit(crop_probs)(LOGITS), expected, rtol=1e-5)


def test_a_certain_crop_does_not_outvote_the_others():
    """The mean of the logits would say class 1."""
    logits = np.array([[2.0, 0.0], [2.0, 0.0], [0.0, 50.0]])
    assert crop_probs(logits).argmax() == 0 and logits.mean(0).argmax() == 1


@pytest.mark.parametrize("shape", [(7,), (4, 0, 7)])
def test_no_crop_is_refused(shape):
    with pytest.raises(ValueError, match=r"\[\.\.\., crops, num_classes\], got shape"):
        crop_probs(np.zeros(shape))
