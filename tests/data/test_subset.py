"""Parts of the classes, of the splits and of the labels of a data set."""

import dataclasses
import pickle

import numpy as np
import pytest

from adrjax import data
from tests.data.conftest import images_of, labels_of


def test_the_first_classes_keep_their_labels(digits_dir):
    whole = data.digits().read("train", digits_dir)
    part = data.first_classes(data.digits(), 5)
    images, labels = part.read("train", digits_dir)
    np.testing.assert_array_equal(labels, whole.labels[whole.labels < 5])
    np.testing.assert_array_equal(images, whole.images[whole.labels < 5])
    assert part.num_classes == 5 and part.shape == (8, 8, 1)


def test_only_some_classes_are_numbered_as_they_are_named(digits_dir):
    whole = data.digits().read("test", digits_dir)
    part = data.only_classes(data.digits(), [7, 0, 3])
    images, labels = part.read("test", digits_dir)
    for new, old in enumerate([7, 0, 3]):
        np.testing.assert_array_equal(
            images[labels == new], whole.images[whole.labels == old]
        )
    assert part.class_names(digits_dir) == ("7", "0", "3")


def test_a_part_of_a_part_is_a_part(digits_dir):
    once = data.only_classes(data.digits(), [7, 0, 3])
    twice = data.only_classes(once, [2, 0])
    assert twice.relabel == data.only_classes(data.digits(), [3, 7]).relabel
    assert data.first_classes(twice, 1).read("test", digits_dir).labels.max() == 0


@pytest.mark.parametrize("classes", [[1, 1], [10], [-1], [0, 3, 99]])
def test_classes_that_are_none_are_refused(classes):
    with pytest.raises(ValueError, match=r"distinct and in 0\.\.9, got \["):
        data.only_classes(data.digits(), classes)


@pytest.mark.parametrize("n", [0, 11])
def test_as_many_first_classes_as_there_are(n):
    with pytest.raises(ValueError, match=r"n must be in 1\.\.10 classes"):
        data.first_classes(data.digits(), n)


def test_a_part_is_a_source_for_any_reader(digits_dir):
    part = data.only_classes(data.digits(), [4, 6])
    labels = part.read("train", digits_dir).labels
    examples = pickle.loads(pickle.dumps(part.examples("train", digits_dir)))
    assert len(examples) == len(labels)
    np.testing.assert_array_equal([e["label"] for e in examples], labels)
    batch = examples.__getitems__([5, 0, 5])
    assert [e["label"] for e in batch] == labels[[5, 0, 5]].tolist()
    assert examples[-1]["label"] == labels[-1]
    with pytest.raises(IndexError):
        examples[len(labels)]


def test_labels_are_read_once_for_all_parts(digits_dir):
    data.first_classes(data.digits(), 3).read("test", digits_dir)
    kept = sorted((digits_dir / "digits/1.0.0").glob("*-test.*.npy"))
    before = [file.stat().st_mtime_ns for file in kept]
    assert len(kept) == 1
    for split, n in {
        "test": 300,
        "test[10:40]": 30,
        "test[:10]+test[290:]": 20,
    }.items():
        part = data.only_classes(data.digits(), range(10)).read(split, digits_dir)
        whole = data.digits().read(split, digits_dir)
        assert len(part.labels) == n
        np.testing.assert_array_equal(part.labels, whole.labels)
    assert [file.stat().st_mtime_ns for file in kept] == before


def test_parts_without_examples_are_refused(digits_dir):
    nine = data.only_classes(data.digits(), [9])
    first = np.flatnonzero(data.digits().read("test", digits_dir).labels != 9)[0]
    with pytest.raises(ValueError, match="digits has none of the classes in test"):
        nine.read(f"test[{first}:{first + 1}]", digits_dir)


def test_splits_can_be_made_of_others(cifar10_dir):
    held_out = dataclasses.replace(
        data.cifar10(), splits={"train": "train[:6]", "validation": "train[6:]"}
    )
    whole = data.cifar10().read("train", cifar10_dir)
    np.testing.assert_array_equal(
        held_out.read("train", cifar10_dir).labels, whole.labels[:6]
    )
    np.testing.assert_array_equal(
        held_out.read("validation", cifar10_dir).labels, whole.labels[6:]
    )
    assert len(held_out.read("test", cifar10_dir).labels) == 4


def test_names_of_a_part_of_cifar10(cifar10_dir):
    part = data.only_classes(data.cifar10(), [3, 5])
    images, labels = part.read("train", cifar10_dir)
    kept = np.isin(labels_of("train"), [3, 5])
    order = np.argsort(labels)
    np.testing.assert_array_equal(labels[order], [0, 1])
    np.testing.assert_array_equal(images[order], images_of("train")[kept])


def test_vehicles_are_ten_classes_or_two_groups_of_cifar100():
    fine, coarse = data.vehicles10(), data.vehicles10(labels="coarse")
    assert fine.name == coarse.name == "cifar100"
    assert (fine.num_classes, coarse.num_classes) == (10, 2)
    assert coarse.label == "coarse_label" and coarse.relabel == {18: 0, 19: 1}
    assert fine.sizes == coarse.sizes == {"train": 5000, "test": 1000}
    assert hash(fine) != hash(coarse)
