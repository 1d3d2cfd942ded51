"""The arrays of a split end with the last reference to it."""

import gc
import itertools
import time
import weakref

import jax
import numpy as np

from adrjax import data
from adrjax.data._order import Shuffled


def use(split):
    """Draws batches of each kind, and leaves the iterators unfinished."""
    order = data.ClassBalanced(classes=2, images=8)
    for kwargs in ({}, {"order": order}):
        batches = data.train_batches(split, batch_size=16, seed=0, **kwargs)
        assert len([*itertools.islice(batches, 8)]) == 8  # more than an epoch
    next(data.eval_batches(split, batch_size=16))


def test_arrays_of_an_uploaded_split_end_with_it():
    gc.collect()
    before = {id(array) for array in jax.live_arrays()}
    pixels = np.zeros((100, 2, 2, 1), np.uint8)
    split = data.upload(data.Split(pixels, np.arange(100, dtype=np.int32) % 5))
    use(split)
    held = [weakref.ref(array) for array in (pixels, *split)]
    del split, pixels
    gc.collect()
    assert [array() for array in held] == [None] * 3
    assert {id(array) for array in jax.live_arrays()} <= before


def test_arrays_of_a_streamed_split_end_with_it(digits_dir):
    split = data.digits().stream("test", digits_dir)
    use(split)
    held = [weakref.ref(part) for part in (split.labels, split.images.examples)]
    del split
    gc.collect()
    deadline = time.monotonic() + 5  # for the threads that decode ahead
    while any(part() is not None for part in held) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(part() is None for part in held)


def test_permutations_end_with_their_order():
    rows_of = Shuffled(64, 16, 0)
    held = [weakref.ref(rows_of._permutation(epoch)) for epoch in (0, 1)]
    assert all(array() is not None for array in held)
    del rows_of
    assert [array() for array in held] == [None] * 2
