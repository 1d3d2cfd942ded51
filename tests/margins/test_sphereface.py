import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from tests import battery
from tests.battery import CLASSES, LABELS
from tests.features import CENTERS

X, W = battery.logits(), np.asarray(CENTERS, np.float32)
LENGTHS = np.arange(1, CLASSES + 1, dtype=np.float32)[:, None]


@pytest.mark.parametrize("margin", [1, 2, 3, 4])
@pytest.mark.parametrize("lam", [0.0, 5.0])
def test_it_is_large_margin_of_unit_weights(margin, lam):
    np.testing.assert_allclose(
        margins.sphereface(X, LENGTHS * W, LABELS, margin=margin, lam=lam),
        margins.large_margin(X, W, LABELS, margin=margin, lam=lam),
        rtol=1e-5,
        atol=1e-5,
    )


def test_the_default_margin_is_4_without_plain_logits():
    np.testing.assert_array_equal(
        margins.sphereface(X, W, LABELS),
        margins.sphereface(X, W, LABELS, margin=4, lam=0.0),
    )


def test_a_margin_of_1_scores_by_length_and_cosine():
    expected = np.linalg.norm(X, axis=1, keepdims=True) * margins.cosines(X, W)
    np.testing.assert_allclose(
        margins.sphereface(X, W, LABELS, margin=1), expected, rtol=1e-5, atol=1e-6
    )


def test_no_gradient_lengthens_a_weight():
    slope = battery.gradient(lambda w: margins.sphereface(X, w, LABELS), LENGTHS * W)
    np.testing.assert_allclose(jnp.sum(slope * W, axis=1), 0, atol=1e-5)


def test_zero_features_and_weights_have_gradient_zero():
    x, w = X * (np.arange(len(X)) != 1)[:, None], np.array(W)
    w[3] = 0
    logits, pullback = jax.vjp(lambda x, w: margins.sphereface(x, w, LABELS), x, w)
    by_x, by_w = pullback(jnp.ones_like(logits))
    assert (logits[1] == 0).all() and (logits[:, 3] == 0).all()
    assert (by_w[3] == 0).all() and np.isfinite(by_w).all()
    assert np.isfinite(by_x).all()


def test_the_margin_is_a_whole_number_of_at_least_1():
    with pytest.raises(ValueError, match="margin must be at least 1, got 0"):
        margins.sphereface(X, W, LABELS, margin=0)
    with pytest.raises(TypeError, match=r"margin must be an integer .* got True"):
        margins.sphereface(X, W, LABELS, margin=True)


def test_lam_is_not_negative():
    with pytest.raises(ValueError, match="lam must be at least 0, got -1"):
        margins.sphereface(X, W, LABELS, lam=-1)
