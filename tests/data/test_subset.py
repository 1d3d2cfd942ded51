"""Data sets of some classes, and splits of slices."""

import dataclasses
import pickle

import numpy as np
import pytest

from adrjax import data
from tests.data.conftest import images_of, labels_of


def test_first_classes_keep_their_labels(digits_dir):
    whole = data.digits().read("train", digits_dir)
    part = data.first_classes(data.digits(), 5)
    images, labels = part.read("train", digits_dir)
    np.testing.assert_array_equal(labels, whole.labels[whole.labels < 5])
    np.testing.assert_array_equal(images, whole.images[whole.labels < 5])
    assert part.num_classes == 5 and part.shape == (8, 8, 1)


def test_only_classes_numbers_classes_in_the_given_order(digits_dir):
    whole = data.digits().read("test", digits_dir)
    part = data.only_classes(data.digits(), [7, 0, 3])
    images, labels = part.read("test", digits_dir)
    for new, old in enumerate([7, 0, 3]):
        np.testing.assert_array_equal(
            images[labels == new], whole.images[whole.labels == old]
        )
    assert part.class_names(digits_dir) == ("7", "0", "3")


def test_only_classes_of_only_classes(digits_dir):
    once = data.only_classes(data.digits(), [7, 0, 3])
    twice = data.only_classes(once, [2, 0])
    assert twice.relabel == data.only_classes(data.digits(), [3, 7]).relabel
    assert data.first_classes(twice, 1).read("test", digits_dir).labels.max() == 0


@pytest.mark.parametrize("classes", [[1, 1], [10], [-1], [0, 3, 99], [], [0.5]])
def test_only_classes_refuses_wrong_classes(classes):
    with pytest.raises(ValueError, match=r"distinct integers in 0\.\.9.*, got \["):
        data.only_classes(data.digits(), classes)


def test_only_classes_takes_numpy_integers():
    part = data.only_classes(data.digits(), np.array([3, 7], np.uint8))
    assert part.relabel == {3: 0, 7: 1} and part == data.only_classes(
        data.digits(), (3, 7)
    )


@pytest.mark.parametrize(
    "subset",
    [
        lambda d: data.first_classes(d, 1),
        lambda d: data.only_classes(d, [0]),
    ],
)
def test_subsets_of_a_data_set_without_classes_are_refused(subset):
    with pytest.raises(ValueError, match="lfw has no classes to choose from"):
        subset(data.lfw())


@pytest.mark.parametrize("n", [0, 11])
def test_first_classes_refuses_a_number_out_of_range(n):
    with pytest.raises(ValueError, match=r"n must be in 1\.\.10 classes"):
        data.first_classes(data.digits(), n)


def test_only_classes_examples_are_a_pickleable_source(digits_dir):
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


def test_labels_are_cached_once_for_all_slices_of_a_split(digits_dir):
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


def test_only_classes_refuses_a_split_without_them(digits_dir):
    nine = data.only_classes(data.digits(), [9])
    first = np.flatnonzero(data.digits().read("test", digits_dir).labels != 9)[0]
    with pytest.raises(
        ValueError, match="digits has no examples of the kept classes in the split test"
    ):
        nine.read(f"test[{first}:{first + 1}]", digits_dir)


def test_splits_can_be_slices_of_others(cifar10_dir):
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


def test_only_classes_of_cifar10(cifar10_dir):
    part = data.only_classes(data.cifar10(), [3, 5])
    images, labels = part.read("train", cifar10_dir)
    kept = np.isin(labels_of("train"), [3, 5])
    order = np.argsort(labels)
    np.testing.assert_array_equal(labels[order], [0, 1])
    np.testing.assert_array_equal(images[order], images_of("train")[kept])


def test_vehicles10_is_ten_classes_or_two_superclasses_of_cifar100():
    fine, coarse = data.vehicles10(), data.vehicles10(labels="coarse")
    assert fine.name == coarse.name == "cifar100"
    assert (fine.num_classes, coarse.num_classes) == (10, 2)
    assert coarse.label == "coarse_label" and coarse.relabel == {18: 0, 19: 1}
    assert fine.sizes == coarse.sizes == {"train": 5000, "test": 1000}
    assert hash(fine) != hash(coarse)
