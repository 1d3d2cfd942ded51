"""Properties of every noise, over the table of their calls."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import noise
from tests.noise.table import CASES, CLASSES, KEY, LABELS

# A keyword that checks, and changes no result.
CHECKS = {"clean"}


def variants(name):
    case = CASES[name]
    moved = [(key, x) for key, values in case.moved.items() for x in values]
    return [dict(case.required), *({**case.required, key: x} for key, x in moved)]


OF_LABELS = [
    pytest.param(name, i, id=f"{name}-{i}")
    for name in CASES
    if CASES[name].of_labels
    for i in range(len(variants(name)))
]


@functools.cache
def compiled(name, i):
    _, _, *others = CASES[name].arguments
    keywords = variants(name)[i]
    return jax.jit(
        lambda labels: getattr(noise, name)(KEY, labels, *others, **keywords)
    )


@functools.cache
def noisy_of(name, i):
    return compiled(name, i)(LABELS)


def test_every_noise_is_in_the_table():
    public = {name for name, x in vars(noise).items() if inspect.isfunction(x)}
    assert {name for name in public if not name.startswith("_")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_every_keyword_is_moved_off_its_default(name):
    parameters = inspect.signature(getattr(noise, name)).parameters.values()
    keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    defaults = {p.name: p.default for p in keywords if p.default is not p.empty}
    assert {p.name for p in keywords} - set(defaults) == set(CASES[name].required)
    assert set(defaults) == set(CASES[name].moved)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].moved])
def test_every_keyword_changes_the_labels(name):
    moved = [key for key, values in CASES[name].moved.items() for _ in values]
    for i, key in enumerate(moved):
        is_same = np.array_equal(noisy_of(name, 0)[0], noisy_of(name, i + 1)[0])
        assert is_same == (key in CHECKS), key


@pytest.mark.parametrize("name, i", OF_LABELS)
def test_the_mask_is_where_labels_changed(name, i):
    noisy, flipped = noisy_of(name, i)
    np.testing.assert_array_equal(flipped, noisy != LABELS)
    assert 0.02 < flipped.mean() < 0.9 and set(np.unique(noisy)) <= set(range(CLASSES))


@pytest.mark.long
@pytest.mark.parametrize("name, i", OF_LABELS)
def test_without_jit_the_labels_are_the_same_of_numpy(name, i):
    labels = getattr(noise, name)(*CASES[name].arguments, **variants(name)[i])
    for actual, expected in zip(labels, noisy_of(name, i), strict=True):
        np.testing.assert_array_equal(actual, expected)
        assert isinstance(actual, np.ndarray)
    assert labels[0].dtype == LABELS.dtype


@pytest.mark.parametrize("name, i", OF_LABELS)
def test_traced_labels_outside_of_the_classes_stay_and_are_not_counted(name, i):
    part = np.arange(6000) % 3
    unknown = np.where(part == 0, -1, np.where(part == 1, CLASSES, LABELS))
    noisy, flipped = compiled(name, i)(unknown)
    np.testing.assert_array_equal(noisy[part < 2], unknown[part < 2])
    assert not flipped[part < 2].any() and flipped[part == 2].any()
    keywords = {key for key, x in variants(name)[i].items() if x is True}
    if name == "symmetric" and keywords <= {"balanced"}:
        counts = np.bincount(LABELS[part == 2]) if keywords else np.array([2000])
        assert flipped.sum() == sum(int(0.4 * n) for n in counts)


@pytest.mark.parametrize("name, i", OF_LABELS)
def test_shape_and_dtype_stay(name, i):
    key, *arrays = CASES[name].arguments
    f = functools.partial(getattr(noise, name), **variants(name)[i])
    for dtype, promotion in ((np.int32, "strict"), (np.uint8, "standard")):
        shaped = [x.reshape(*x.shape[:-1], 60, 100).astype(dtype) for x in arrays]
        with jax.numpy_dtype_promotion(promotion), jax.numpy_rank_promotion("raise"):
            noisy, flipped = jax.eval_shape(f, key, *map(jnp.asarray, shaped))
        assert noisy.shape == flipped.shape == (60, 100)
        assert noisy.dtype == dtype and flipped.dtype == bool


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].of_labels])
def test_labels_that_are_not_classes_are_refused(name):
    f = functools.partial(getattr(noise, name), **CASES[name].required)
    key, labels, *others = CASES[name].arguments
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 1..5"):
        f(key, labels + 1, *others)
    with pytest.raises(TypeError, match=r"labels must be integer .* got float"):
        f(key, labels.astype(np.float32), *others)


@pytest.mark.parametrize("name", [x for x in CASES if "rate" in CASES[x].required])
@pytest.mark.parametrize("rate", [1.5, -0.1, np.nan, jnp.float32(2)])
def test_a_rate_that_is_not_a_share_is_refused(name, rate):
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got"):
        getattr(noise, name)(
            *CASES[name].arguments, **CASES[name].required | {"rate": rate}
        )


@pytest.mark.parametrize("name", [x for x in CASES if "rate" in CASES[x].required])
def test_a_rate_of_numpy_or_jax_is_one_of_python(name):
    def count(rate):
        keywords = CASES[name].required | {"rate": rate}
        result = getattr(noise, name)(*CASES[name].arguments, **keywords)
        return result[-1].sum() if isinstance(result, tuple) else result[0].tolist()

    assert count(np.float32(0.4)) == count(jnp.float32(0.4)) == count(0.4)
    for rates in ([0.4], np.array([0.4, 0.4])):
        with pytest.raises(ValueError, match="rate must be one number, got shape"):
            count(rates)
    with pytest.raises(TypeError, match="rate must be known while tracing"):
        jax.jit(count)(0.4)
