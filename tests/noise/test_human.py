"""Labels that people gave: one set as it is, or what is made of several."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import noise

KEY = jax.random.key(0)
CLASSES = 4
RNG = np.random.default_rng(0)
LABELS = RNG.integers(CLASSES, size=2_000)
MATRIX = np.array(
    [[0.7, 0.2, 0.1, 0], [0.1, 0.8, 0.1, 0], [0, 0.2, 0.5, 0.3], [0.3, 0, 0, 0.7]]
)
PEOPLE = np.array(
    [[RNG.choice(CLASSES, p=MATRIX[y]) for y in LABELS] for _ in range(3)]
)


def human(annotations=PEOPLE, labels=LABELS, key=KEY, **kwargs):
    return noise.human(key, labels, annotations, num_classes=CLASSES, **kwargs)


@pytest.mark.parametrize("choose", ["majority", "worst", "random"])
def test_one_set_is_taken_as_it_is(choose):
    noisy, flipped = human(PEOPLE[:1], choose=choose, clean=LABELS)
    np.testing.assert_array_equal(noisy, PEOPLE[0])
    np.testing.assert_array_equal(flipped, PEOPLE[0] != LABELS)
    realised = noise.realised_transition(LABELS, noisy, num_classes=CLASSES)
    np.testing.assert_allclose(realised, MATRIX, atol=0.08)
    assert (realised[MATRIX == 0] == 0).all()


def test_the_majority_wins_and_lots_decide_among_equals():
    noisy, _ = human()
    votes = np.stack([(k == PEOPLE).sum(0) for k in range(CLASSES)])
    assert (votes[noisy, np.arange(2_000)] == votes.max(0)).all()
    tied = votes.max(0) == 1
    ranks = (PEOPLE[:, tied] == noisy[tied]).argmax(0)
    assert (np.bincount(ranks, minlength=3) > 0.2 * tied.sum()).all()


def test_the_worst_is_wrong_where_anyone_was():
    noisy, flipped = human(choose="worst")
    np.testing.assert_array_equal(flipped, (PEOPLE != LABELS).any(0))
    assert (noisy == PEOPLE).any(0).all()


def test_one_at_random_is_each_as_often():
    noisy, _ = human(choose="random")
    alone = (np.roll(PEOPLE, 1, 0) != PEOPLE).all(0)  # all three differ
    places = (PEOPLE[:, alone] == noisy[alone]).argmax(0)
    assert (np.bincount(places, minlength=3) > 0.2 * alone.sum()).all()


def test_shape_dtype_and_kind_of_array_stay():
    labels = LABELS.reshape(40, 50).astype(np.uint8)
    noisy, flipped = human(PEOPLE.reshape(3, 40, 50), labels)
    assert type(noisy) is np.ndarray and noisy.dtype == np.uint8
    assert noisy.shape == flipped.shape == (40, 50)
    np.testing.assert_array_equal(noisy.ravel(), human()[0])
    on_device, _ = jax.jit(human)(PEOPLE, jnp.asarray(LABELS))
    np.testing.assert_array_equal(on_device, noisy.ravel())


def test_images_in_another_order_are_noticed():
    moved = LABELS.copy()
    moved[[3, 5]] = (LABELS[[3, 5]] + 1) % CLASSES
    message = rf"2 of 2000 differ, the first is example 3, {LABELS[3]} in labels and"
    with pytest.raises(ValueError, match=message):
        human(clean=moved)
    with pytest.raises(ValueError, match=r"of shape \(2000,\), got \(1999,\)"):
        human(clean=LABELS[1:])


def test_what_is_not_said_by_people_is_refused():
    with pytest.raises(ValueError, match=r"shape \('people', 2000\), got shape \(2000"):
        human(PEOPLE[0])
    with pytest.raises(ValueError, match=r"want annotations .* got shape \(0, 2000\)"):
        human(PEOPLE[:0])
    with pytest.raises(ValueError, match=r"annotations must lie in 0..3 .* got 4..7"):
        human(PEOPLE % 4 + 4)
    with pytest.raises(ValueError, match="choose must be one of 'majority', 'worst'"):
        human(choose="best")
