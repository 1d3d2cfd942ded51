"""Dataset: reading into memory, normalization, and its own checks."""

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
def test_read_returns_the_prepared_images_and_labels(cifar10_dir, split):
    read = data.cifar10().read(split, cifar10_dir)
    assert read.images.dtype == np.uint8 and read.labels.dtype == np.int32
    images, labels = by_label(read)
    np.testing.assert_array_equal(images, images_of(split))
    np.testing.assert_array_equal(labels, labels_of(split))


def test_read_reads_every_chunk(digits_dir):
    whole = data.digits().read("train", digits_dir)
    assert len(whole.images) == len(whole.labels) == 1497
    assert len(np.unique(whole.images.reshape(1497, -1), axis=0)) > 1490


def test_data_dir_may_be_a_string_below_home(cifar10_dir, monkeypatch):
    monkeypatch.setenv("HOME", str(cifar10_dir.parent))
    read = data.cifar10().read("test", f"~/{cifar10_dir.name}")
    assert len(read.labels) == 4


def test_data_dir_defaults_to_that_of_tfds(cifar10_dir, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(cifar10_dir))
    assert len(data.cifar10().read("test").labels) == 4


def test_split_replace_keeps_the_images(cifar10_dir):
    split = data.cifar10().read("test", cifar10_dir)
    noisy = split._replace(labels=np.zeros_like(split.labels))
    assert noisy.images is split.images and noisy.labels.sum() == 0


def test_read_refuses_an_image_of_another_shape(cifar10_dir):
    smaller = dataclasses.replace(
        data.cifar10(), shape=(8, 8, 1), mean=(0.0,), std=(1.0,)
    )
    with pytest.raises(ValueError, match=r"of shape \(8, 8, 1\), got .*\(32, 32, 3\)"):
        smaller.read("test", cifar10_dir)


def test_read_refuses_a_label_out_of_range(cifar10_dir):
    fewer = dataclasses.replace(data.cifar10(), num_classes=5)
    with pytest.raises(ValueError, match=r"labels of cifar10 .* in 0\.\.4, got 5"):
        fewer.read("test", cifar10_dir)


def test_read_finds_the_shape_if_it_is_not_stated(cifar10_dir):
    unstated = dataclasses.replace(data.cifar10(), shape=None)
    read = unstated.read("train", cifar10_dir)
    assert read.images.shape == (8, 32, 32, 3)


def test_read_names_the_splits_for_an_unknown_one(cifar10_dir):
    with pytest.raises(
        ValueError, match=r"'val'.*'train', 'test'|'val'.*'test', 'train'"
    ):
        data.cifar10().read("val", cifar10_dir)


def test_normalize_centers_and_scales():
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
def test_digits_have_their_mean_and_std(digits_dir, split, tolerance):
    normal = data.digits().normalize(data.digits().read(split, digits_dir).images)
    np.testing.assert_allclose(normal.mean(), 0.0, atol=tolerance)
    np.testing.assert_allclose(normal.std(), 1.0, atol=tolerance)


@pytest.mark.parametrize(
    "settings, factor",
    [
        # IE, Sec. 4.1: MNIST is divided by 256.
        ((data.mnist(), (0.0,), (256 / 255,)), 1 / 256),
        # usef-kh/fer: FER2013 is in [0, 1].
        ((data.fer2013(), (0.0,), (1.0,)), 1 / 255),
    ],
)
def test_replaced_mean_and_std_give_the_pixels_of_the_papers(settings, factor):
    dataset, mean, std = settings
    dataset = dataclasses.replace(dataset, mean=mean, std=std)
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_allclose(dataset.normalize(levels), levels * factor, rtol=1e-6)


def test_datasets_can_be_static_arguments():
    assert hash(data.cifar10()) == hash(data.cifar10())
    assert data.cifar10() == data.cifar10() != data.cifar10(augment=None)


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        ({"num_classes": -1}, ValueError, "num_classes must be at least 0, got -1"),
        ({"num_classes": 2.0}, TypeError, "num_classes must be"),
        ({"mean": (0.5,)}, ValueError, "mean and std of cifar10 must have one number"),
        ({"shape": (32, 32, 1)}, ValueError, r"images of shape \(32, 32, 1\)"),
        ({"std": (1.0, 0.0, 1.0)}, ValueError, "std of cifar10 must be positive, got"),
        ({"std": (1.0, 1.0, float("nan"))}, ValueError, "must be positive"),
    ],
)
def test_datasets_check_their_fields(wrong, error, message):
    with pytest.raises(error, match=message):
        dataclasses.replace(data.cifar10(), **wrong)


def test_ntu_rgbd_has_the_three_channels_of_the_network_input():
    assert data.ntu_rgbd().mean == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("make", [data.facescrub, data.casia_webface_folder])
def test_numbers_of_folders_are_positive(make):
    assert make(num_classes=np.int64(7)).num_classes == 7
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        make(num_classes=0)


def test_true_labels_are_the_labels_of_a_data_set_without_noise(digits_dir):
    dataset = data.only_classes(data.digits(), [7, 2])
    labels = dataset.read("test[:100]", digits_dir).labels
    true = dataset.true_labels("test[:100]", digits_dir)
    np.testing.assert_array_equal(true, labels)
    assert true.dtype == np.int32
    unlabelled = dataclasses.replace(dataset, num_classes=0)
    with pytest.raises(ValueError, match="digits has no classes"):
        unlabelled.true_labels("test", digits_dir)
