"""Batches: the order is a function of seed and epoch, the devices never change it."""

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


def test_eight_devices_hold_a_slice_each():
    (batch,) = take(1)
    assert batch.images.shape == (8, 2, 2, 2, 1) and batch.images.dtype == jnp.uint8
    assert batch.labels.shape == (8, 2) and batch.labels.dtype == jnp.int32
    holders = [shard.device for shard in batch.labels.addressable_shards]
    assert holders == jax.local_devices()


@pytest.mark.parametrize("devices", [1, 2, 4])
def test_fewer_devices_get_the_same_batches(devices):
    for few, all_eight in zip(take(9, devices=devices), take(9), strict=True):
        assert len(few.labels) == devices
        np.testing.assert_array_equal(few.labels.ravel(), all_eight.labels.ravel())
        np.testing.assert_array_equal(
            few.images.reshape(16, 2, 2, 1), all_eight.images.reshape(16, 2, 2, 1)
        )


def test_processes_take_the_rows_of_their_devices(monkeypatch):
    shares = []
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    for process in (0, 1):
        monkeypatch.setattr(jax, "process_index", lambda process=process: process)
        shares.append(take(1, devices=4)[0].labels)
    assert shares[0].shape == (4, 2)
    monkeypatch.undo()
    np.testing.assert_array_equal(np.concatenate(shares), take(1)[0].labels)


def test_images_and_labels_stay_together():
    for batch in take(3):
        np.testing.assert_array_equal(batch.images, SPLIT.images[batch.labels])


def test_an_epoch_shows_no_image_twice_and_drops_the_rest():
    steps = rows(take(12)).reshape(2, 6 * 16)
    for epoch in steps:
        assert len(set(epoch.tolist())) == 96
    assert (steps[0] != steps[1]).any()
    assert set(steps[0].tolist()) != set(steps[1].tolist())


def test_the_order_is_that_of_seed_and_epoch():
    expected = [np.random.default_rng([7, e]).permutation(100)[:96] for e in range(2)]
    np.testing.assert_array_equal(rows(take(12, seed=7)).reshape(2, 96), expected)
    assert (rows(take(1, seed=8)) != rows(take(1, seed=7))).any()


@pytest.mark.parametrize("first_step", [1, 5, 6, 25])
def test_resuming_is_exact(first_step):
    whole = rows(itertools.islice(take(32), first_step, None))
    np.testing.assert_array_equal(
        rows(take(32 - first_step, first_step=first_step)), whole
    )


def test_a_batch_as_large_as_the_split():
    assert sorted(rows(take(1, batch_size=100, devices=1))[0].tolist()) == [*range(100)]


def test_pmap_takes_a_batch_as_it_lies():
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


def test_a_split_is_uploaded_once():
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


def test_noisy_labels_reach_the_batch():
    noisy = SPLIT._replace(labels=99 - SPLIT.labels)
    (clean,) = take(1)
    batch = next(data.train_batches(noisy, batch_size=16, seed=0))
    np.testing.assert_array_equal(batch.images, clean.images)
    np.testing.assert_array_equal(batch.labels, 99 - clean.labels)


@pytest.mark.parametrize("devices", [1, 8])
def test_evaluation_sees_every_image_once_in_order(devices):
    batches = list(data.eval_batches(SPLIT, batch_size=24, devices=devices))
    assert [real for _, real in batches] == [24, 24, 24, 24, 4]
    seen = [np.asarray(batch.labels).ravel()[:real] for batch, real in batches]
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(100))


def test_the_last_batch_is_padded_with_its_first_row():
    *_, (batch, real) = data.eval_batches(SPLIT, batch_size=24)
    assert batch.labels.shape == (8, 3) and real == 4
    assert set(np.asarray(batch.labels).ravel()[real:].tolist()) == {96}
    np.testing.assert_array_equal(batch.images, SPLIT.images[batch.labels])


def test_evaluation_may_take_everything_at_once():
    ((batch, real),) = data.eval_batches(SPLIT, batch_size=128)
    assert real == 100 and batch.labels.size == 128


@pytest.mark.parametrize(
    "wrong, message",
    [
        (
            {"batch_size": 20},
            "8 devices cannot share batch_size=20 evenly; 16 would do",
        ),
        ({"batch_size": 3}, "8 would do"),
        (
            {"batch_size": 104},
            r"batch_size must be in 1..100 images of the split, got 104",
        ),
        ({"batch_size": 0}, "batch_size must be"),
        ({"devices": 9}, r"devices must be in 1..8 of this process, got 9"),
    ],
)
def test_wrong_arguments_are_refused_before_the_first_batch(wrong, message):
    with pytest.raises(ValueError, match=message):
        data.train_batches(SPLIT, **({"batch_size": 16, "seed": 0} | wrong))


def test_evaluation_refuses_what_the_devices_cannot_share():
    with pytest.raises(ValueError, match="8 devices cannot share batch_size=20 evenly"):
        data.eval_batches(SPLIT, batch_size=20)


def test_labels_of_another_split_are_refused():
    with pytest.raises(
        ValueError, match="has 100 images, wanted as many labels, got 50"
    ):
        data.upload(SPLIT._replace(labels=np.arange(50)))
