"""NaC and POD: delta and the state, in the paper and in its code."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.embeddings import nac, norm_adaptive_cosine, pod, self_correlation

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
DIM = 5
CENTROIDS = np.random.default_rng(3).normal(size=(5, DIM)).astype(np.float32)
CENTROIDS /= np.linalg.norm(CENTROIDS, axis=1, keepdims=True)
BATCHES = np.random.default_rng(0).normal(size=(3, 6, DIM)).astype(np.float32)
BATCHES *= np.arange(1, 4, dtype=np.float32)[:, None, None]


def printed(x, delta, *, hypot=False):
    """Eq. (17) with the norm of Eq. (16), or that of the code."""
    norm = np.linalg.norm(x, axis=-1)
    h = np.sqrt(norm**2 + delta**2) if hypot else norm + delta
    return (1 - np.sum(x * CENTROIDS[LABELS], axis=-1) / h) ** 2


def epoch(loss, state, batches=BATCHES):
    apply = jax.jit(loss.apply)
    for x in batches:
        _, state = apply(state, x, LABELS)
    return loss.end_epoch(state)


def mean_norm(batches):
    return np.linalg.norm(batches, axis=-1).mean()


def test_nac_delta_is_alpha_e_times_the_mean_norm_of_the_last_epoch():
    """Section 3.1.3, counted from 0 as in the code."""
    loss = nac(CENTROIDS, alpha=0.2)
    state = loss.init()
    assert state.delta == np.float32(0.05)
    for e in (1, 2, 3):
        state = epoch(loss, state, e * BATCHES)
        assert state.epoch == e
        np.testing.assert_allclose(state.delta, 0.2 * e * mean_norm(e * BATCHES), 1e-5)
        assert state.norms == 0 and state.examples == 0


def test_nac_of_the_paper_counts_epochs_from_1_and_starts_at_a_mean_norm():
    loss = nac(CENTROIDS, alpha=0.2, initial_delta=0.05 * 0.2, first_epoch=1)
    state = loss.init()
    np.testing.assert_allclose(state.delta, 0.2 * 1 * 0.05, rtol=1e-6)
    state = epoch(loss, state)
    np.testing.assert_allclose(state.delta, 0.2 * 2 * mean_norm(BATCHES), rtol=1e-5)


def test_nac_of_the_code_measures_the_logits():
    loss = nac(CENTROIDS, alpha=0.2, norm_of="logits")
    state = epoch(loss, loss.init())
    expected = 0.2 * mean_norm(BATCHES @ CENTROIDS.T)
    np.testing.assert_allclose(state.delta, expected, rtol=1e-5)


def test_nac_of_the_code_appends_delta_to_the_features():
    """Its cosine is to a centroid with a 0 appended."""
    x, delta = BATCHES[0], 0.7
    longer = np.concatenate([x, np.full((len(x), 1), delta)], axis=1)
    rows = np.concatenate([CENTROIDS, np.zeros((5, 1))], axis=1)[LABELS]
    expected = (1 - (longer * rows).sum(1) / np.linalg.norm(longer, axis=1)) ** 2
    actual = norm_adaptive_cosine(x, LABELS, CENTROIDS, delta=delta, hypot=True)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    loss = nac(CENTROIDS, initial_delta=delta, hypot=True)
    values = loss.apply(loss.init(), x, LABELS)[0]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_norm_adaptive_cosine_readings_differ_if_the_norm_is_delta():
    """1 - c is 1/2 and 1 - 1/sqrt(2) for a feature on its centroid."""
    x = 0.3 * CENTROIDS[LABELS]
    values = [
        norm_adaptive_cosine(x, LABELS, CENTROIDS, delta=0.3, hypot=hypot)
        for hypot in (False, True)
    ]
    np.testing.assert_allclose(values[0], 0.25, rtol=1e-5)
    np.testing.assert_allclose(values[1], (1 - 0.5**0.5) ** 2, rtol=1e-5)


@pytest.mark.parametrize("hypot", [False, True])
def test_norm_adaptive_cosine_lengthens_short_features_more(hypot):
    @jax.jit
    @jax.grad
    def slope(length):
        x = length * CENTROIDS[0]
        return norm_adaptive_cosine(x, 0, CENTROIDS, delta=0.3, hypot=hypot)

    assert slope(0.5) < slope(5.0) < 0


def test_norm_adaptive_cosine_moves_a_zero_feature_to_its_centroid():
    """With delta = 0 it does not move."""

    @jax.jit
    @jax.grad
    def slope(x, delta):
        return norm_adaptive_cosine(x, LABELS, CENTROIDS, delta=delta).sum()

    zeros = np.zeros((6, DIM), np.float32)
    expected = -2 * CENTROIDS[LABELS] / 0.5
    np.testing.assert_allclose(slope(zeros, 0.5), expected, rtol=1e-6)
    np.testing.assert_array_equal(slope(zeros, 0.0), 0)


def test_nac_epoch_without_examples_keeps_delta():
    loss = nac(CENTROIDS)
    assert loss.end_epoch(loss.init()).delta == loss.init().delta


def test_nac_does_not_measure_unknown_labels():
    loss = nac(CENTROIDS)
    apply = jax.jit(loss.apply)
    labels = np.where(np.arange(6) % 2, LABELS, -1)
    _, state = apply(loss.init(), BATCHES[0], labels)
    _, kept = apply(loss.init(), BATCHES[0][1::2], LABELS[1::2])
    np.testing.assert_allclose(state.norms, kept.norms, rtol=1e-6)
    assert state.examples == kept.examples == 3


@pytest.mark.parametrize("make", [nac, pod])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
def test_nac_state_keeps_its_dtype(make, dtype):
    loss = make(CENTROIDS)
    state = loss.init()
    with jax.enable_x64(dtype == "float64"):
        x = jax.ShapeDtypeStruct((6, DIM), dtype)
        values, following = jax.eval_shape(loss.apply, state, x, LABELS)
        following = jax.eval_shape(loss.end_epoch, following)
    assert values.dtype == ("float64" if dtype == "float64" else "float32")
    for before, after in zip(state, following, strict=True):
        assert (before.dtype, before.shape) == (after.dtype, after.shape)
        assert not before.weak_type and not after.weak_type


def test_nac_float32_features_have_float32_gradients_beside_a_float64_state():
    with jax.enable_x64(True):
        loss = nac(CENTROIDS)
        x = jax.ShapeDtypeStruct((6, DIM), "float32")
        slope = jax.eval_shape(
            jax.grad(lambda x: loss.apply(loss.init(), x, LABELS)[0].sum()), x
        )
    assert slope.dtype == jnp.float32


def test_pod_epochs_can_be_scanned():
    loss = pod(CENTROIDS)

    def one_epoch(state, _):
        def step(state, x):
            values, state = loss.apply(state, x, LABELS)
            return state, values

        state, values = jax.lax.scan(step, state, BATCHES)
        return loss.end_epoch(state), values

    state, values = jax.lax.scan(one_epoch, loss.init(), None, length=2)
    first = epoch(loss, loss.init())
    expected = loss.apply(first, BATCHES[0], LABELS)[0]
    np.testing.assert_allclose(values[1, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(state.delta, epoch(loss, first).delta, rtol=1e-5)


@pytest.mark.parametrize("norm_of", ["features", "logits"])
def test_pod_state_and_centroids_have_no_gradient(norm_of):
    @jax.jit
    def later(x, centroids):
        loss = pod(centroids, norm_of=norm_of)
        state = loss.end_epoch(loss.apply(loss.init(), x, LABELS)[1])
        return loss.apply(state, BATCHES[1], LABELS)[0].sum() + state.delta

    for slope in jax.grad(later, (0, 1))(BATCHES[0], CENTROIDS):
        np.testing.assert_array_equal(slope, 0)


def test_pod_is_nac_plus_self_correlation_in_the_paper_and_in_its_code():
    """Eq. (20) with Eqs. (16) to (19), and lambda divided by the dimensions minus 1."""
    x = BATCHES[0]
    correlation = self_correlation(x, LABELS, CENTROIDS)
    loss = pod(CENTROIDS, lam=0.5)
    values, state = loss.apply(loss.init(), x, LABELS)
    expected = printed(x, 0.05) + 0.5 * correlation
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert state == nac(CENTROIDS).apply(nac(CENTROIDS).init(), x, LABELS)[1]

    code = pod(CENTROIDS, hypot=True, norm_of="logits", per_dimension=True)
    values, _ = code.apply(code.init(), x, LABELS)
    expected = printed(x, 0.05, hypot=True) + correlation / (DIM - 1)
    np.testing.assert_allclose(values, expected, rtol=1e-5)


@pytest.mark.parametrize("loss", [nac, pod])
def test_nac_options_are_checked(loss):
    with pytest.raises(ValueError, match=r"norm_of must be one of .*, got 'both'"):
        loss(CENTROIDS, norm_of="both")
    with pytest.raises(ValueError, match=r"first_epoch must be at least 0, got -1"):
        loss(CENTROIDS, first_epoch=-1)
    with pytest.raises(TypeError, match=r"first_epoch must be an integer"):
        loss(CENTROIDS, first_epoch=0.5)
    with pytest.raises(ValueError, match=r"centroids must be \[num_classes, dim\]"):
        loss(CENTROIDS[0])
