"""Human label noise: a label set as it is, or made of several annotations."""

import jax
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
def test_human_takes_a_single_set_as_it_is(choose):
    noisy, flipped = human(PEOPLE[:1], choose=choose, clean=LABELS)
    np.testing.assert_array_equal(noisy, PEOPLE[0])
    np.testing.assert_array_equal(flipped, PEOPLE[0] != LABELS)
    realised = noise.realised_transition(LABELS, noisy, num_classes=CLASSES)
    np.testing.assert_allclose(realised, MATRIX, atol=0.08)
    assert (realised[MATRIX == 0] == 0).all()


def test_human_majority_is_a_random_one_of_the_most_frequent():
    noisy, _ = human()
    votes = np.stack([(k == PEOPLE).sum(0) for k in range(CLASSES)])
    assert (votes[noisy, np.arange(2_000)] == votes.max(0)).all()
    tied = votes.max(0) == 1
    ranks = (PEOPLE[:, tied] == noisy[tied]).argmax(0)
    assert (np.bincount(ranks, minlength=3) > 0.2 * tied.sum()).all()


def test_human_worst_is_wrong_if_any_annotation_is():
    noisy, flipped = human(choose="worst")
    np.testing.assert_array_equal(flipped, (PEOPLE != LABELS).any(0))
    assert (noisy == PEOPLE).any(0).all()


def test_human_random_takes_each_annotation_as_often():
    noisy, _ = human(choose="random")
    alone = (np.roll(PEOPLE, 1, 0) != PEOPLE).all(0)  # all three differ
    places = (PEOPLE[:, alone] == noisy[alone]).argmax(0)
    assert (np.bincount(places, minlength=3) > 0.2 * alone.sum()).all()


@pytest.mark.parametrize("choose", ["majority", "worst", "random"])
def test_human_leaves_out_traced_annotations_outside_of_the_classes(choose):
    people = np.stack([np.where(np.arange(2_000) % 2, -1, PEOPLE[0]), PEOPLE[1]])
    noisy, _ = jax.jit(lambda people: human(people, choose=choose))(people)
    np.testing.assert_array_equal(noisy[1::2], PEOPLE[1, 1::2])


def test_human_refuses_clean_labels_in_another_order():
    moved = LABELS.copy()
    moved[[3, 5]] = (LABELS[[3, 5]] + 1) % CLASSES
    message = rf"2 of 2000 differ, the first is example 3 with {LABELS[3]} in labels"
    with pytest.raises(ValueError, match=message):
        human(clean=moved)
    with pytest.raises(ValueError, match=r"shape of the labels, \(2000,\), got"):
        human(clean=LABELS[1:])


def test_human_refuses_annotations_that_do_not_fit():
    with pytest.raises(
        ValueError, match=r"\[people, \*labels.shape\], got shape \(2000,\) for"
    ):
        human(PEOPLE[0])
    with pytest.raises(ValueError, match=r"annotations must .* got shape \(0, 2000\)"):
        human(PEOPLE[:0])
    with pytest.raises(ValueError, match=r"annotations must lie in 0..3 .* got 4..7"):
        human(PEOPLE % 4 + 4)
    with pytest.raises(ValueError, match="choose must be one of 'majority', 'worst'"):
        human(choose="best")
