"""Repeated augmentation: several views of each image in a batch."""

import itertools

import jax
import numpy as np
import pytest

from adrjax import data

N, SIZE = 100, 8
SPLIT = data.Split(
    np.arange(N, dtype=np.uint8).reshape(N, 1, 1, 1), np.arange(N, dtype=np.int32) % 5
)
ORDER = data.Repeated(times=3)


def take(n, order=ORDER, split=SPLIT, **kwargs):
    kwargs = {"batch_size": SIZE, "seed": 0, "devices": 2} | kwargs
    batches = data.train_batches(split, order=order, **kwargs)
    return list(itertools.islice(batches, n))


def rows(batches):
    """The rows of each step, `[steps, batch_size]`: an image is its row."""
    return np.stack([np.asarray(batch.images).ravel() for batch in batches])


@pytest.fixture(scope="module")
def two_epochs():
    return take(24)  # of 12 steps each


def test_repeated_has_three_adjacent_places_for_an_image(two_epochs):
    for epoch in np.split(rows(two_epochs), 2):
        views = epoch.reshape(-1, 3)
        assert (views == views[:, :1]).all()
        assert len({*views[:, 0]}) == 32  # the first third of a permutation
    labels = np.stack([np.asarray(batch.labels).ravel() for batch in two_epochs])
    np.testing.assert_array_equal(labels, rows(two_epochs) % 5)


def test_repeated_draws_every_image_in_one_of_three_epochs_on_average():
    rows_of = ORDER.of(SPLIT.labels, SIZE, 0)
    drawn = np.concatenate([rows_of(step) for step in range(12 * 50)])
    epochs = np.bincount(drawn, minlength=N) / 3
    assert epochs.mean() == 16 and epochs.min() > 5 and epochs.max() < 27


def test_repeated_once_is_shuffled(two_epochs):
    once = rows(take(24, data.Repeated(times=1)))
    np.testing.assert_array_equal(once, rows(take(24, None)))
    first = once[:12].ravel()
    np.testing.assert_array_equal(rows(two_epochs)[:4].ravel(), first.repeat(3)[:32])


def test_repeated_resumes_exactly(two_epochs):
    np.testing.assert_array_equal(rows(take(5, first_step=9)), rows(two_epochs[9:14]))


@pytest.mark.parametrize("devices", [1, 8])
def test_repeated_does_not_depend_on_the_devices(two_epochs, devices):
    batches = take(3, devices=devices)
    assert len(batches[0].labels) == devices
    np.testing.assert_array_equal(rows(batches), rows(two_epochs[:3]))


def test_repeated_divides_over_processes(two_epochs, monkeypatch):
    shares = []
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    for process in (0, 1):
        monkeypatch.setattr(jax, "process_index", lambda process=process: process)
        shares.append(rows(take(3)))
    np.testing.assert_array_equal(np.concatenate(shares, 1), rows(two_epochs[:3]))


def test_repeated_views_have_different_random_crops(digits_dir):
    crop = data.RandomResizedCrop(8)
    streamed = data.digits().stream("test", digits_dir, crop=crop)
    ((images, labels),) = take(1, data.Repeated(times=8), streamed)
    images, labels = np.asarray(images).reshape(8, -1), np.asarray(labels)
    assert len(np.unique(labels)) == 1
    assert len(np.unique(images, axis=0)) == 8


def test_repeated_checks_its_options():
    with pytest.raises(ValueError, match="times must be at least 1, got 0"):
        data.Repeated(times=0)
    with pytest.raises(
        ValueError, match=r"batch_size must be in 1..100 images of the split, got 102"
    ):
        take(1, batch_size=102)
