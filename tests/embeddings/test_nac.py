"""Norm-adaptive cosine loss: what it remembers, in the paper and in its code."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.embeddings import nac, norm_adaptive_cosine, pod, self_correlation
from tests import battery
from tests.battery import LABELS
from tests.embeddings import printed
from tests.features import CENTERS, DIM

BATCHES = [battery.logits(seed) * (1 + seed) for seed in range(3)]


def epoch(loss, state, batches=BATCHES):
    for x in batches:
        _, state = loss.apply(state, x, LABELS)
    return loss.end_epoch(state)


def mean_norm(x):
    return np.linalg.norm(np.concatenate(x), axis=-1).mean()


def test_delta_is_alpha_e_and_the_mean_norm_of_the_epoch_before():
    """Section 3.1.3, counted from 0 as in the code."""
    loss = nac(CENTERS, alpha=0.2)
    state = loss.init()
    assert state.delta == np.float32(0.05)
    for e in (1, 2, 3):
        batches = [e * x for x in BATCHES]
        state = epoch(loss, state, batches)
        assert state.epoch == e
        np.testing.assert_allclose(state.delta, 0.2 * e * mean_norm(batches), rtol=1e-5)
        assert state.norms == 0 and state.examples == 0


def test_the_paper_counts_epochs_from_1_and_starts_at_a_mean_norm():
    loss = nac(CENTERS, alpha=0.2, initial_delta=0.05 * 0.2, first_epoch=1)
    state = loss.init()
    np.testing.assert_allclose(state.delta, 0.2 * 1 * 0.05, rtol=1e-6)
    state = epoch(loss, state)
    np.testing.assert_allclose(state.delta, 0.2 * 2 * mean_norm(BATCHES), rtol=1e-5)


def test_the_code_measures_the_logits():
    loss = nac(CENTERS, alpha=0.2, norm_of="logits")
    state = epoch(loss, loss.init())
    logits = [x @ CENTERS.T for x in BATCHES]
    np.testing.assert_allclose(state.delta, 0.2 * mean_norm(logits), rtol=1e-5)


def test_the_code_appends_delta_to_the_features():
    """Its cosine is to a centroid with a 0 appended."""
    x, delta = BATCHES[0], 0.7
    longer = np.concatenate([x, np.full((len(x), 1), delta)], axis=1)
    centroids = np.concatenate([CENTERS, np.zeros((len(CENTERS), 1))], axis=1)
    expected = printed.nac(longer, LABELS, centroids, 0.0)
    actual = norm_adaptive_cosine(x, LABELS, CENTERS, delta=delta, hypot=True)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    loss = nac(CENTERS, initial_delta=delta, hypot=True)
    np.testing.assert_allclose(
        loss.apply(loss.init(), x, LABELS)[0], expected, rtol=1e-5
    )


def test_the_readings_differ_where_the_norm_is_delta():
    """1 - c is 1/2 and 1 - 1/sqrt(2) for a feature on its centroid."""
    x = 0.3 * CENTERS[LABELS]
    values = [
        norm_adaptive_cosine(x, LABELS, CENTERS, delta=0.3, hypot=hypot)
        for hypot in (False, True)
    ]
    np.testing.assert_allclose(values[0], 0.25, rtol=1e-5)
    np.testing.assert_allclose(values[1], (1 - 0.5**0.5) ** 2, rtol=1e-5)


@pytest.mark.parametrize("hypot", [False, True])
def test_it_lengthens_short_features_more_than_long_ones(hypot):
    def slope(length):
        def loss(length):
            x = length * CENTERS[:1]
            return norm_adaptive_cosine(x, LABELS[:1], CENTERS, delta=0.3, hypot=hypot)

        return jax.grad(lambda length: loss(length).sum())(length)

    assert slope(0.5) < slope(5.0) < 0


def test_a_zero_feature_is_drawn_to_its_centroid():
    """At delta = 0 there is nothing to lengthen, and it stays."""
    x = np.zeros((len(LABELS), DIM), np.float32)

    def slope(delta):
        def loss(x):
            return norm_adaptive_cosine(x, LABELS, CENTERS, delta=delta)

        return battery.gradient(loss, x)

    np.testing.assert_allclose(slope(0.5), -2 * CENTERS[LABELS] / 0.5, rtol=1e-6)
    np.testing.assert_array_equal(slope(0.0), 0)


def test_an_epoch_without_examples_keeps_delta():
    loss = nac(CENTERS)
    assert loss.end_epoch(loss.init()).delta == loss.init().delta


def test_an_unknown_label_has_no_part_in_the_state():
    loss = nac(CENTERS)
    labels = np.where(np.arange(len(LABELS)) % 2, LABELS, -1)
    _, state = jax.jit(loss.apply)(loss.init(), BATCHES[0], labels)
    _, kept = loss.apply(loss.init(), BATCHES[0][1::2], LABELS[1::2])
    np.testing.assert_allclose(state.norms, kept.norms, rtol=1e-6)
    assert state.examples == kept.examples == 3


@pytest.mark.parametrize("loss", [nac(CENTERS), pod(CENTERS)], ids=["nac", "pod"])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
def test_the_state_keeps_its_dtype_whatever_the_features(loss, dtype):
    state = loss.init()
    with jax.enable_x64(dtype == "float64"):
        value, following = loss.apply(state, jnp.asarray(BATCHES[0], dtype), LABELS)
        following = loss.end_epoch(following)
    assert value.dtype == ("float64" if dtype == "float64" else "float32")
    for before, after in zip(state, following, strict=True):
        assert (before.dtype, before.shape) == (after.dtype, after.shape)
        assert not before.weak_type and not after.weak_type


def test_float32_features_have_float32_gradients_beside_a_wider_state():
    with jax.enable_x64(True):
        loss = nac(CENTERS)
        x = jnp.asarray(BATCHES[0], "float32")
        slope = jax.grad(lambda x: loss.apply(loss.init(), x, LABELS)[0].sum())(x)
    assert slope.dtype == jnp.float32


@pytest.mark.parametrize("loss", [nac(CENTERS), pod(CENTERS)], ids=["nac", "pod"])
def test_epochs_are_scanned(loss):
    x = jnp.stack(BATCHES)

    def one_epoch(state, _):
        def step(state, x):
            values, state = loss.apply(state, x, LABELS)
            return state, values

        state, values = jax.lax.scan(step, state, x)
        return loss.end_epoch(state), values

    state, values = jax.lax.scan(one_epoch, loss.init(), None, length=2)
    first = epoch(loss, loss.init())
    expected = loss.apply(first, BATCHES[0], LABELS)[0]
    np.testing.assert_allclose(values[1, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(state.delta, epoch(loss, first).delta, rtol=1e-5)


@pytest.mark.parametrize("norm_of", ["features", "logits"])
def test_no_gradient_flows_into_the_state(norm_of):
    loss = pod(CENTERS, norm_of=norm_of)

    def later(x):
        state = epoch(loss, loss.init(), [x])
        return loss.apply(state, BATCHES[1], LABELS)[0].sum() + state.delta

    np.testing.assert_array_equal(jax.grad(later)(BATCHES[0]), 0)


def test_no_gradient_flows_into_the_centroids():
    def total(centroids):
        loss = pod(centroids)
        return loss.apply(loss.init(), BATCHES[0], LABELS)[0].sum()

    np.testing.assert_array_equal(jax.grad(total)(jnp.asarray(CENTERS)), 0)


def test_pod_of_the_paper_and_of_its_code():
    """Eq. (20) with Eqs. (16) to (19), and lambda divided by the dimensions less 1."""
    x = BATCHES[0]
    loss = pod(CENTERS, lam=0.5)
    expected = printed.nac(x, LABELS, CENTERS, 0.05)
    expected += 0.5 * printed.self_correlation(x, LABELS, CENTERS)
    values, state = loss.apply(loss.init(), x, LABELS)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert state == nac(CENTERS).apply(nac(CENTERS).init(), x, LABELS)[1]

    code = pod(CENTERS, hypot=True, norm_of="logits", per_dimension=True)
    expected = printed.nac(x, LABELS, CENTERS, 0.05, hypot=True)
    expected += self_correlation(x, LABELS, CENTERS) / (DIM - 1)
    values, _ = code.apply(code.init(), x, LABELS)
    np.testing.assert_allclose(values, expected, rtol=1e-5)


@pytest.mark.parametrize("loss", [nac, pod])
def test_wrong_options_are_refused(loss):
    with pytest.raises(ValueError, match=r"norm_of must be one of .*, got 'both'"):
        loss(CENTERS, norm_of="both")
    with pytest.raises(ValueError, match=r"first_epoch must be at least 0, got -1"):
        loss(CENTERS, first_epoch=-1)
    with pytest.raises(TypeError, match=r"first_epoch must be an integer"):
        loss(CENTERS, first_epoch=0.5)
    with pytest.raises(ValueError, match=r"centroids must be \[num_classes, dim\]"):
        loss(CENTERS[0])
