"""Prepared data sets: the digits, and a CIFAR-10 of twelve random images."""

import numpy as np
from PIL import Image
import pytest
import tensorflow_datasets as tfds

from adrjax import data

SIZES = {"train": 8, "test": 4}


def images_of(split):
    rng = np.random.default_rng(SIZES[split])
    return rng.integers(0, 256, (SIZES[split], 32, 32, 3), np.uint8)


def labels_of(split):
    return np.arange(SIZES[split]) + 2


Stock = tfds.builder_cls("cifar10")

with tfds.core.registered.skip_registration():

    class Cifar10(Stock):
        """The builder in tfds, without its archive."""

        def _split_generators(self, dl_manager):
            return {split: self._generate_examples(split) for split in SIZES}

        def _generate_examples(self, split):
            for i, image in enumerate(images_of(split)):
                label = int(labels_of(split)[i])
                yield i, {"id": "", "image": Image.fromarray(image), "label": label}


@pytest.fixture(scope="session")
def cifar10_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cifar10")
    Cifar10(data_dir=folder, file_format="array_record").download_and_prepare()
    return folder


@pytest.fixture(scope="session")
def digits_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    data.digits().prepare(folder)
    return folder
