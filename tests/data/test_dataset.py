"""A data set as arrays: what is read is what was prepared, and what it says it is."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data
from tests.data.conftest import images_of, labels_of


def by_label(split):
    order = np.argsort(split.labels)
    return split.images[order], split.labels[order]


@pytest.mark.parametrize("split", ["train", "test"])
def test_reads_what_was_prepared(cifar10_dir, split):
    read = data.cifar10().read(split, cifar10_dir)
    assert read.images.dtype == np.uint8 and read.labels.dtype == np.int32
    images, labels = by_label(read)
    np.testing.assert_array_equal(images, images_of(split))
    np.testing.assert_array_equal(labels, labels_of(split))


def test_every_chunk_is_read(digits_dir):
    whole = data.digits().read("train", digits_dir)
    assert len(whole.images) == len(whole.labels) == 1497
    assert len(np.unique(whole.images.reshape(1497, -1), axis=0)) > 1490


def test_a_folder_may_be_a_string_below_home(cifar10_dir, monkeypatch):
    monkeypatch.setenv("HOME", str(cifar10_dir.parent))
    read = data.cifar10().read("test", f"~/{cifar10_dir.name}")
    assert len(read.labels) == 4


def test_the_default_folder_is_that_of_tfds(cifar10_dir, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(cifar10_dir))
    assert len(data.cifar10().read("test").labels) == 4


def test_labels_can_be_replaced(cifar10_dir):
    split = data.cifar10().read("test", cifar10_dir)
    noisy = split._replace(labels=np.zeros_like(split.labels))
    assert noisy.images is split.images and noisy.labels.sum() == 0


def test_an_image_of_another_shape_is_refused(cifar10_dir):
    smaller = dataclasses.replace(data.cifar10(), shape=(8, 8, 1))
    with pytest.raises(ValueError, match=r"shape \(32, 32, 3\).*wanted \(8, 8, 1\)"):
        smaller.read("test", cifar10_dir)


def test_a_label_out_of_range_is_refused(cifar10_dir):
    fewer = dataclasses.replace(data.cifar10(), num_classes=5)
    with pytest.raises(ValueError, match=r"label 5, wanted integers in 0\.\.4"):
        fewer.read("test", cifar10_dir)


def test_sizes_that_are_not_stated_may_be_any(cifar10_dir):
    unstated = dataclasses.replace(data.cifar10(), shape=None)
    read = unstated.read("train", cifar10_dir)
    assert read.images.shape == (8, 32, 32, 3)


def test_an_unknown_split_names_those_that_exist(cifar10_dir):
    with pytest.raises(
        ValueError, match=r"'val'.*'train', 'test'|'val'.*'test', 'train'"
    ):
        data.cifar10().read("val", cifar10_dir)


def test_normalize():
    dataset = dataclasses.replace(
        data.cifar10(), mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 0.25)
    )
    images = np.full((2, 3, 1, 1, 3), 255, np.uint8)
    for given in (images, jnp.asarray(images)):
        normal = dataset.normalize(given)
        assert normal.dtype == jnp.float32
        np.testing.assert_allclose(
            normal, np.broadcast_to([1.0, 1.0, 0.0], images.shape)
        )


@pytest.mark.parametrize("split, tolerance", [("train", 1e-3), ("test", 0.1)])
def test_normalized_digits_are_centered(digits_dir, split, tolerance):
    normal = data.digits().normalize(data.digits().read(split, digits_dir).images)
    np.testing.assert_allclose(normal.mean(), 0.0, atol=tolerance)
    np.testing.assert_allclose(normal.std(), 1.0, atol=tolerance)


def test_data_sets_can_be_static_arguments():
    assert hash(data.cifar10()) == hash(data.cifar10())
    assert data.cifar10() == data.cifar10() != data.cifar10(augment=None)
