import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins
from tests import battery
from tests.battery import CLASSES, LABELS

C = np.tanh(battery.logits())
OWN = np.eye(CLASSES, dtype=bool)[LABELS]


def printed(c, m, scale):
    """Eq. (6) of one positive, with the weights of Eq. (5)."""
    s_p = c[OWN]
    s_n = c[~OWN].reshape(len(c), -1)
    a_p, a_n = jnp.maximum(1 + m - s_p, 0), jnp.maximum(s_n + m, 0)
    negatives = jnp.exp(scale * a_n * (s_n - m)).sum(-1)
    return jnp.log(1 + negatives * jnp.exp(-scale * a_p * (s_p - (1 - m))))


@pytest.mark.parametrize(("margin", "scale"), [(0.0, 1.0), (0.25, 4.0), (0.4, 16.0)])
def test_their_cross_entropy_is_the_circle_loss(margin, scale):
    def loss(z):
        logits = margins.circle(
            jnp.tanh(z), LABELS, margin=margin, scale=scale, stop_weights=False
        )
        return losses.cross_entropy(logits, LABELS)

    battery.gradient_is_that_of(loss, lambda z: printed(jnp.tanh(z), margin, scale))
    battery.gradient_is_a_difference_quotient(loss)


def test_the_weights_are_constants_unless_asked():
    margin, scale = 0.25, 8.0
    slope, whole = (
        battery.gradient(
            lambda c, stop=stop: margins.circle(
                c, LABELS, margin=margin, scale=scale, stop_weights=stop
            ),
            C,
        )
        for stop in (True, False)
    )
    weights = np.maximum(np.where(OWN, 1 + margin - C, C + margin), 0)
    np.testing.assert_allclose(slope, scale * weights, rtol=1e-5)
    through = (weights > 0) * np.where(OWN, 1 - margin - C, C - margin)
    np.testing.assert_allclose(whole, scale * (weights + through), rtol=1e-4, atol=1e-5)


def test_the_defaults_are_those_of_the_paper():
    expected = margins.circle(C, LABELS, margin=0.25, scale=256.0, stop_weights=True)
    np.testing.assert_array_equal(margins.circle(C, LABELS), expected)


def test_a_class_beyond_its_place_is_left_alone():
    c = np.full((1, 2), -0.3, np.float32)
    logits, slope = jax.value_and_grad(lambda c: margins.circle(c, [0])[0, 1])(c)
    assert logits == 0 and (slope == 0).all()


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_at_the_ends_the_logits_are_exact(end):
    logits = margins.circle(np.full((1, 2), end, np.float32), [0], margin=0.25, scale=4)
    own = 4 * (1.25 - end) * (end - 0.75)
    other = 4 * max(end + 0.25, 0) * (end - 0.25)
    np.testing.assert_array_equal(logits, [[own, other]])


@pytest.mark.parametrize("name", ["margin", "scale"])
def test_no_setting_is_negative(name):
    with pytest.raises(ValueError, match=rf"{name} must be at least 0, got -0\.1"):
        margins.circle(C, LABELS, **{name: -0.1})
