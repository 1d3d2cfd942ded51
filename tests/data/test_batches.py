"""Batches: the order depends on seed and epoch, never on the devices."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data

SPLIT = data.Split(
    np.random.default_rng(0).integers(0, 256, (100, 2, 2, 1), np.uint8),
    np.arange(100, dtype=np.int32),
)


def take(n, **kwargs):
    batches = data.train_batches(SPLIT, **({"batch_size": 16, "seed": 0} | kwargs))
    return list(itertools.islice(batches, n))


def rows(batches):
    """The rows of each step, `[steps, batch_size]`: a label is its row."""
    return np.stack([np.asarray(batch.labels).ravel() for batch in batches])


def test_train_batches_put_a_slice_on_each_device():
    (batch,) = take(1)
    assert batch.images.shape == (8, 2, 2, 2, 1) and batch.images.dtype == jnp.uint8
    assert batch.labels.shape == (8, 2) and batch.labels.dtype == jnp.int32
    holders = [shard.device for shard in batch.labels.addressable_shards]
    assert holders == jax.local_devices()


@pytest.mark.parametrize("devices", [1, 2, 4])
def test_train_batches_do_not_depend_on_the_devices(devices):
    for few, all_eight in zip(take(9, devices=devices), take(9), strict=True):
        assert len(few.labels) == devices
        np.testing.assert_array_equal(few.labels.ravel(), all_eight.labels.ravel())
        np.testing.assert_array_equal(
            few.images.reshape(16, 2, 2, 1), all_eight.images.reshape(16, 2, 2, 1)
        )


def test_train_batches_divide_over_processes(monkeypatch):
    shares = []
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    for process in (0, 1):
        monkeypatch.setattr(jax, "process_index", lambda process=process: process)
        shares.append(take(1, devices=4)[0].labels)
    assert shares[0].shape == (4, 2)
    monkeypatch.undo()
    np.testing.assert_array_equal(np.concatenate(shares), take(1)[0].labels)


def test_train_batches_keep_images_and_labels_together():
    for batch in take(3):
        np.testing.assert_array_equal(batch.images, SPLIT.images[batch.labels])


def test_an_epoch_has_each_image_once_and_drops_the_rest():
    steps = rows(take(12)).reshape(2, 6 * 16)
    for epoch in steps:
        assert len(set(epoch.tolist())) == 96
    assert (steps[0] != steps[1]).any()
    assert set(steps[0].tolist()) != set(steps[1].tolist())


def test_the_order_depends_on_seed_and_epoch():
    expected = [np.random.default_rng([7, e]).permutation(100)[:96] for e in range(2)]
    np.testing.assert_array_equal(rows(take(12, seed=7)).reshape(2, 96), expected)
    assert (rows(take(1, seed=8)) != rows(take(1, seed=7))).any()


@pytest.mark.parametrize("first_step", [1, 5, 6, 25])
def test_train_batches_resume_exactly(first_step):
    whole = rows(itertools.islice(take(32), first_step, None))
    np.testing.assert_array_equal(
        rows(take(32 - first_step, first_step=first_step)), whole
    )


def test_train_batches_as_large_as_the_split():
    assert sorted(rows(take(1, batch_size=100, devices=1))[0].tolist()) == [*range(100)]


def test_pmap_copies_no_batch():
    def step(total, batch):
        return total + jax.lax.psum(batch.labels.sum(), "batch")

    step = jax.pmap(step, axis_name="batch", in_axes=(None, 0), out_axes=None)
    first, second = take(2)
    total = step(step(np.int32(0), first), first)
    with jax.transfer_guard("disallow"):
        total = step(total, second)
    assert total == 2 * first.labels.sum() + second.labels.sum()
    with pytest.raises(Exception, match="Disallowed"), jax.transfer_guard("disallow"):
        step(total, jax.tree.map(np.asarray, second))


def test_upload_copies_once():
    resident = data.upload(SPLIT)
    again = data.upload(resident)
    for before, after in zip(resident, again, strict=True):
        assert before.is_fully_replicated and len(before.devices()) == 8
        pointers = [s.data.unsafe_buffer_pointer() for s in before.addressable_shards]
        assert pointers == [
            s.data.unsafe_buffer_pointer() for s in after.addressable_shards
        ]
    batches = data.train_batches(resident, batch_size=16, seed=0)
    np.testing.assert_array_equal(next(batches).labels, take(1)[0].labels)


def test_train_batches_use_replaced_labels():
    noisy = SPLIT._replace(labels=99 - SPLIT.labels)
    (clean,) = take(1)
    batch = next(data.train_batches(noisy, batch_size=16, seed=0))
    np.testing.assert_array_equal(batch.images, clean.images)
    np.testing.assert_array_equal(batch.labels, 99 - clean.labels)


@pytest.mark.parametrize("devices", [1, 8])
def test_eval_batches_have_each_image_once_in_order(devices):
    batches = list(data.eval_batches(SPLIT, batch_size=24, devices=devices))
    assert [real for _, real in batches] == [24, 24, 24, 24, 4]
    seen = [np.asarray(batch.labels).ravel()[:real] for batch, real in batches]
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(100))


def test_eval_batches_pad_the_last_with_its_first_row():
    *_, (batch, real) = data.eval_batches(SPLIT, batch_size=24)
    assert batch.labels.shape == (8, 3) and real == 4
    assert set(np.asarray(batch.labels).ravel()[real:].tolist()) == {96}
    np.testing.assert_array_equal(batch.images, SPLIT.images[batch.labels])


def test_eval_batches_larger_than_the_split():
    ((batch, real),) = data.eval_batches(SPLIT, batch_size=128)
    assert real == 100 and batch.labels.size == 128


@pytest.mark.parametrize(
    "wrong, message",
    [
        (
            {"batch_size": 20},
            "batch_size must be a multiple of the 8 devices, got 20; 16 would do",
        ),
        ({"batch_size": 3}, "8 would do"),
        (
            {"batch_size": 104},
            r"batch_size must be in 1..100 images of the split, got 104",
        ),
        ({"batch_size": 0}, "batch_size must be"),
        ({"devices": 9}, r"devices must be in 1..8 of this process, got 9"),
        ({"devices": 0}, r"devices must be in 1..8 of this process, got 0"),
        ({"batch_size": -8}, "batch_size must be in 1..100"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"first_step": -1}, "first_step must be at least 0, got -1"),
    ],
)
def test_train_batches_check_their_arguments(wrong, message):
    with pytest.raises(ValueError, match=message):
        data.train_batches(SPLIT, **({"batch_size": 16, "seed": 0} | wrong))


def test_eval_batches_check_their_arguments():
    with pytest.raises(ValueError, match="a multiple of the 8 devices, got 20"):
        data.eval_batches(SPLIT, batch_size=20)
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        data.eval_batches(SPLIT, batch_size=0)


@pytest.mark.parametrize("wrong", [16.0, [16], "16", None, True])
def test_batch_sizes_are_integers(wrong):
    for batches in (
        lambda: data.train_batches(SPLIT, batch_size=wrong, seed=0),
        lambda: data.eval_batches(SPLIT, batch_size=wrong),
    ):
        with pytest.raises(TypeError, match="batch_size must be"):
            batches()


def test_numpy_integers_are_integers():
    (batch,) = take(1, batch_size=np.int64(16), seed=np.uint8(0), devices=np.int32(8))
    np.testing.assert_array_equal(batch.labels, take(1)[0].labels)


@pytest.mark.parametrize(
    "labels", [np.eye(100), np.ones(100, bool), np.ones(100), [0] * 100]
)
def test_labels_that_are_not_integers_are_refused(labels):
    split = SPLIT._replace(labels=labels)
    for batches in (
        lambda: data.upload(split),
        lambda: data.train_batches(split, batch_size=8, seed=0),
        lambda: data.eval_batches(split, batch_size=8),
    ):
        with pytest.raises(
            TypeError, match="labels of a split must be an array of integers"
        ):
            batches()


def test_labels_of_pixels_keep_their_shape():
    labels = np.arange(400, dtype=np.int32).reshape(100, 2, 2)
    batch = next(
        data.train_batches(SPLIT._replace(labels=labels), batch_size=8, seed=0)
    )
    assert batch.labels.shape == (8, 1, 2, 2)


def test_empty_splits_are_refused():
    empty = data.Split(SPLIT.images[:0], SPLIT.labels[:0])
    for batches in (
        lambda: data.upload(empty),
        lambda: data.train_batches(empty, batch_size=8, seed=0),
        lambda: data.eval_batches(empty, batch_size=8),
    ):
        with pytest.raises(ValueError, match="split must have at least one image"):
            batches()


def test_upload_refuses_labels_of_another_split():
    with pytest.raises(
        ValueError, match="has 100 images, so it must have 100 labels, got 50"
    ):
        data.upload(SPLIT._replace(labels=np.arange(50)))
