"""Data sets whose builder is in tfds agree with it."""

import numpy as np
from PIL import Image
import pytest
import tensorflow_datasets as tfds

from adrjax import data
from tests.data.builders.miniature import photo

STOCK = [
    data.mnist(),
    data.fashion_mnist(),
    data.cifar10(),
    data.cifar100(),
    data.cifar100(labels="coarse"),
    *(data.cifar10_n(labels=labels) for labels in ("clean", "aggregate", "worst")),
    *(data.cifar10_n(labels=f"random{n}") for n in (1, 2, 3)),
    *(data.cifar100_n(labels=labels) for labels in ("clean", "noisy")),
    data.oxford_flowers102(),
    data.imagenet2012(),
    *(data.imagenette(size=size) for size in ("full-size", "320px", "160px")),
]


@pytest.mark.parametrize("dataset", STOCK, ids=lambda d: f"{d.name} {d.label}")
def test_data_sets_agree_with_their_builder_in_tfds(dataset, tmp_path):
    builder = tfds.builder(dataset.name, data_dir=tmp_path)
    features = builder.info.features
    assert features[dataset.label].num_classes == dataset.num_classes
    if dataset.shape is not None:
        assert features["image"].shape == dataset.shape
    manual = builder.MANUAL_DOWNLOAD_INSTRUCTIONS is not None
    assert manual == (dataset.files is not None)


def test_lfw_agrees_with_its_builder_in_tfds(tmp_path):
    features = tfds.builder("lfw", data_dir=tmp_path).info.features
    assert features["image"].shape == data.lfw().shape
    assert isinstance(features["label"], tfds.features.Text)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: data.cifar100(labels="all"),
        lambda: data.vehicles10(labels="all"),
        lambda: data.cifar10_n(labels="noisy"),
        lambda: data.cifar100_n(labels="worst"),
        lambda: data.imagenette(size="32px"),
        lambda: data.clothing1m(labels="all"),
        lambda: data.ntu_rgbd(protocol="cross-setup"),
        lambda: data.mars(people="all"),
    ],
)
def test_unknown_variants_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must be one of '.*', got '"):
        wrong()


def prepare(name, folder, splits):
    """Writes examples with the builder in tfds, without its archives."""
    with tfds.core.registered.skip_registration():

        class Miniature(tfds.builder_cls(name)):
            """Yields the given examples."""

            def _split_generators(self, dl_manager):
                return {s: self._generate_examples(e) for s, e in splits.items()}

            def _generate_examples(self, examples):
                yield from enumerate(examples)

    Miniature.name = name
    Miniature(data_dir=folder, file_format="array_record").download_and_prepare()


def photos(sizes, **features):
    return [
        {"image": photo(i, *size), "label": i, **features}
        for i, size in enumerate(sizes)
    ]


@pytest.fixture
def flowers_dir(tmp_path):
    splits = {
        "train": photos([(5, 8), (8, 5), (5, 8)], file_name="a.jpg"),
        "validation": photos([(6, 7)] * 3, file_name="a.jpg"),
    }
    prepare("oxford_flowers102", tmp_path, splits)
    return tmp_path


def test_images_of_several_sizes_cannot_be_read(flowers_dir):
    with pytest.raises(
        ValueError, match=r"one size, or pass a crop to Dataset\.stream"
    ):
        data.oxford_flowers102().read("train", flowers_dir)
    for example in data.oxford_flowers102().examples("train", flowers_dir):
        label = int(example["label"])
        size = [(5, 8), (8, 5), (5, 8)][label]
        assert example["image"] == photo(label, *size)


def test_images_of_one_size_can_be_read_without_a_stated_shape(flowers_dir):
    images, labels = data.oxford_flowers102().read("validation", flowers_dir)
    assert images.shape == (3, 6, 7, 3) and sorted(labels) == [0, 1, 2]


def test_imagenet_test_split_is_validation_in_tfds(tmp_path):
    examples = photos([(5, 8)] * 4, file_name="n.JPEG")
    unlabelled = [example | {"label": -1} for example in examples]
    prepare("imagenet2012", tmp_path, {"validation": examples, "test": unlabelled})
    assert sorted(data.imagenet2012().read("test", tmp_path).labels) == [0, 1, 2, 3]
    first = data.first_classes(data.imagenet2012(), 2)
    assert sorted(first.read("test", tmp_path).labels) == [0, 1]
    assert first.class_names(tmp_path) == ("n01440764", "n01443537")


NOISY = {"worse_label": 9, "aggre_label": 8, "random_label1": 7}
CLEAN = {"random_label2": 3, "random_label3": 3}
WORKERS = {f"worker{n}_{fact}": 1 for n in (1, 2, 3) for fact in ("id", "time")}


@pytest.fixture(scope="module")
def cifar10_n_dir(tmp_path_factory):
    """Three training images of the classes 3, 4 and 8, and one test image."""
    folder = tmp_path_factory.mktemp("cifar10_n")
    image = Image.fromarray(np.zeros((32, 32, 3), np.uint8))
    train = {"id": "", "image": image, **NOISY, **CLEAN, **WORKERS}
    test = train | dict.fromkeys(NOISY | CLEAN, -1)
    splits = {
        "train": [train | {"label": label} for label in (3, 4, 8)],
        "test": [test | {"label": 3}],
    }
    prepare("cifar10_n", folder, splits)
    return folder


@pytest.mark.parametrize(
    "labels, noisy",
    [("worst", 9), ("aggregate", 8), ("random1", 7), ("random3", 3)],
)
def test_cifar10_n_has_noisy_labels_for_training_only(cifar10_n_dir, labels, noisy):
    dataset = data.cifar10_n(labels=labels)
    assert dataset.read("train", cifar10_n_dir).labels.tolist() == [noisy] * 3
    assert dataset.read("test", cifar10_n_dir).labels.tolist() == [3]


@pytest.mark.parametrize("labels", ["worst", "clean"])
def test_cifar10_n_has_true_labels_in_the_order_of_its_images(cifar10_n_dir, labels):
    dataset = data.cifar10_n(labels=labels)
    true = dataset.true_labels("train", cifar10_n_dir)
    clean = data.cifar10_n(labels="clean").read("train", cifar10_n_dir).labels
    np.testing.assert_array_equal(true, clean)
    assert sorted(true.tolist()) == [3, 4, 8] and true.dtype == np.int32
    assert dataset.true_labels("test", cifar10_n_dir).tolist() == [3]


def test_true_labels_of_some_classes_are_renumbered(cifar10_n_dir):
    whole = data.cifar10_n(labels="aggregate")
    part = data.only_classes(whole, [8, 3])
    assert part.read("train", cifar10_n_dir).labels.tolist() == [0] * 3
    number = {3: 1, 4: -1, 8: 0}
    true = whole.true_labels("train", cifar10_n_dir).tolist()
    assert part.true_labels("train", cifar10_n_dir).tolist() == [
        number[t] for t in true
    ]
    test = part.read("test", cifar10_n_dir)  # which has clean labels only
    assert test.labels.tolist() == [1] and len(test.images) == 1
    assert part.true_labels("test", cifar10_n_dir).tolist() == [1]
