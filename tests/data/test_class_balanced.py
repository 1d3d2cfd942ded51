"""Class-balanced batches: P classes and K images of each, by seed and step alone."""

import itertools

import jax
import numpy as np
import pytest

from adrjax import data

# Class 3 has two images, class 4 has none, and ten images have no label.
LABELS = np.array([0] * 40 + [1] * 30 + [2] * 20 + [3] * 2 + [5] * 8 + [-1] * 10)
SPLIT = data.Split(
    np.arange(110, dtype=np.uint8).reshape(110, 1, 1, 1),
    np.random.default_rng(0).permutation(LABELS).astype(np.int32),
)
ORDER = data.ClassBalanced(classes=4, images=4)


def take(n, split=SPLIT, order=ORDER, **kwargs):
    kwargs = {"batch_size": order.batch_size, "seed": 0, "devices": 2} | kwargs
    batches = data.train_batches(split, order=order, **kwargs)
    return list(itertools.islice(batches, n))


def rows(batches):
    """The rows of each step, `[steps, batch_size]`: an image is its row."""
    return np.stack([np.asarray(batch.images).ravel() for batch in batches])


@pytest.fixture(scope="module")
def forty():
    return take(40)


def test_class_balanced_batches_have_p_classes_and_k_images_of_each(forty):
    seen = set()
    for batch, row in zip(forty, rows(forty), strict=True):
        classes = np.asarray(batch.labels).reshape(4, 4)
        np.testing.assert_array_equal(classes.ravel(), SPLIT.labels[row])
        assert (classes == classes[:, :1]).all()
        assert len({*classes[:, 0].tolist()}) == 4
        for label, images in zip(classes[:, 0], row.reshape(4, 4), strict=True):
            # Class 3 is sampled with replacement.
            assert len({*images.tolist()}) == 4 or label == 3
        seen |= {*classes[:, 0].tolist()}
    assert seen == {0, 1, 2, 3, 5}


def test_class_balanced_batches_use_every_image_with_a_label(forty):
    rows_of = ORDER.of(SPLIT.labels, 16, 0)
    np.testing.assert_array_equal([*map(rows_of, range(40))], rows(forty))
    used = np.unique([rows_of(step) for step in range(200)])
    np.testing.assert_array_equal(used, np.flatnonzero(SPLIT.labels >= 0))


def test_class_balanced_batches_depend_on_seed_and_step(forty):
    np.testing.assert_array_equal(rows(take(3)), rows(forty[:3]))
    assert (rows(take(1, seed=1)) != rows(forty[:1])).any()
    assert len({row.tobytes() for row in rows(forty)}) == 40


def test_class_balanced_batches_resume_exactly(forty):
    np.testing.assert_array_equal(rows(take(5, first_step=7)), rows(forty[7:12]))


@pytest.mark.parametrize("devices", [1, 8])
def test_class_balanced_batches_do_not_depend_on_the_devices(forty, devices):
    batches = take(3, devices=devices)
    assert len(batches[0].labels) == devices
    np.testing.assert_array_equal(rows(batches), rows(forty[:3]))


def test_class_balanced_batches_divide_over_processes(forty, monkeypatch):
    shares = []
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    for process in (0, 1):
        monkeypatch.setattr(jax, "process_index", lambda process=process: process)
        shares.append(rows(take(3)))
    np.testing.assert_array_equal(np.concatenate(shares, 1), rows(forty[:3]))


def test_class_balanced_batches_follow_the_labels_trained_with():
    noisy = SPLIT._replace(labels=np.arange(110, dtype=np.int32) % 5)
    (batch,) = take(1, data.upload(noisy, devices=2))
    np.testing.assert_array_equal(batch.labels.ravel(), rows([batch])[0] % 5)


def test_class_balanced_batches_may_be_larger_than_the_split():
    few = data.Split(SPLIT.images[:3], np.array([0, 1, 1], np.int32))
    (batch,) = take(1, few, data.ClassBalanced(2, 8))
    assert sorted(batch.labels.ravel().tolist()) == [0] * 8 + [1] * 8


@pytest.mark.parametrize("num_workers", [0, pytest.param(2, marks=pytest.mark.long)])
def test_class_balanced_batches_of_a_stream_are_those_from_memory(
    digits_dir, num_workers
):
    digits, order = data.digits(), data.ClassBalanced(classes=8, images=2)
    streamed = digits.stream("test", digits_dir, num_workers=num_workers)
    got = take(4, streamed, order, first_step=3)
    expected = take(4, digits.read("test", digits_dir), order, first_step=3)
    for batch, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(batch.labels, other.labels)
        np.testing.assert_array_equal(batch.images, other.images)


@pytest.mark.parametrize(
    "split, order, batch_size, message",
    [
        (SPLIT, ORDER, 32, r"classes \* images = 4 \* 4 = 16, got 32"),
        (
            SPLIT,
            data.ClassBalanced(6, 4),
            24,
            "classes must be at most the 5 classes of the split's labels, got 6",
        ),
        (
            SPLIT._replace(labels=np.full(110, -1)),
            ORDER,
            16,
            "at most the 0 classes",
        ),
        (
            SPLIT._replace(labels=np.zeros((110, 2, 2), int)),
            ORDER,
            16,
            r"labels must have one class an example .*, got shape \(110, 2, 2\)",
        ),
    ],
)
def test_class_balanced_batches_check_the_split(split, order, batch_size, message):
    with pytest.raises(ValueError, match=message):
        take(1, split, order, batch_size=batch_size)


def test_class_balanced_checks_its_options():
    with pytest.raises(ValueError, match="classes must be at least 1, got 0"):
        data.ClassBalanced(0, 4)
    with pytest.raises(TypeError, match="images must be an integer"):
        data.ClassBalanced(4, 1.5)
