"""Tiny ImageNet from its folder."""

import shutil

import numpy as np
import pytest

from adrjax import data
from tests.data.builders.miniature import cut, photo, refused, write

WNIDS = ("n02", "n01", "n03")  # not sorted in the file
VALIDATION = {"val_0.JPEG": "n03", "val_1.JPEG": "n01"}


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "tiny-imagenet-200"
    write(folder / "wnids.txt", "\n".join(WNIDS))
    write(folder / "words.txt", "n01\tgoldfish, Carassius\nn02\tshark\nn99\tentity\n")
    for i, wnid in enumerate(WNIDS):
        for k in range(2):
            name = f"train/{wnid}/images/{wnid}_{k}.JPEG"
            write(folder / name, photo(2 * i + k, 64, 64))
    for i, name in enumerate(VALIDATION):
        write(folder / "val/images" / name, photo(10 + i, 64, 64))
    boxes = [f"{name}\t{wnid}\t0\t32\t44\t62\n" for name, wnid in VALIDATION.items()]
    write(folder / "val/val_annotations.txt", "".join(boxes))
    return folder


def test_tiny_imagenet_reads_the_prepared_images_and_labels(files, tmp_path):
    dataset = data.tiny_imagenet()
    dataset.prepare(tmp_path, files)
    for split, labels in {"train": [0, 0, 1, 1, 2, 2], "test": [0, 2]}.items():
        read = dataset.read(split, tmp_path)
        assert sorted(read.labels) == labels and read.images.shape[1:] == (64, 64, 3)
    for example in dataset.examples("train", tmp_path):
        wnid, name = example["file_name"].decode()[:3], example["file_name"].decode()
        assert wnid == sorted(WNIDS)[example["label"]]
        file = files / "train" / wnid / "images" / name
        assert example["image"] == file.read_bytes()


def test_tiny_imagenet_class_names_have_words(files, tmp_path):
    data.tiny_imagenet().prepare(tmp_path, files)
    names = data.tiny_imagenet().class_names(tmp_path)
    assert names == ("n01 goldfish", "n02 shark", "n03")


def test_tiny_imagenet_reads_grey_images_as_rgb(files, tmp_path):
    from PIL import Image

    file = files / "train/n01/images/n01_0.JPEG"
    Image.open(file).convert("L").save(file, "jpeg")
    data.tiny_imagenet().prepare(tmp_path, files)
    images = data.tiny_imagenet().read("train", tmp_path).images
    grey = (images == images[..., :1]).all((1, 2, 3))
    assert np.count_nonzero(grey) == 1


@pytest.mark.parametrize("wrong", ["wnids.txt", "words.txt", "val", "train/n01"])
def test_tiny_imagenet_names_a_missing_file_or_folder(files, tmp_path, wrong):
    path = files / wrong
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    match = rf"tiny-imagenet-200/{wrong} is missing\n.* holds: "
    refused(data.tiny_imagenet(), files, tmp_path, FileNotFoundError, match)


def test_tiny_imagenet_can_be_prepared_again_after_a_truncated_image(files, tmp_path):
    cut(files / "train/n02/images/n02_1.JPEG")
    match = r"n02_1\.JPEG is not a readable image"
    refused(data.tiny_imagenet(), files, tmp_path, ValueError, match)
    write(files / "train/n02/images/n02_1.JPEG", photo(1, 64, 64))
    data.tiny_imagenet().prepare(tmp_path, files)
    assert len(data.tiny_imagenet().examples("train", tmp_path)) == 6


def test_tiny_imagenet_names_an_empty_class(files, tmp_path):
    for file in (files / "train/n03/images").iterdir():
        file.unlink()
    refused(
        data.tiny_imagenet(), files, tmp_path, ValueError, "n03/images must hold im"
    )


@pytest.mark.parametrize(
    "text, message",
    [("val_0.JPEG\tn77\t0", "class 'n77'"), ("val_0.JP", "line 1, must be")],
)
def test_tiny_imagenet_names_wrong_annotations(files, tmp_path, text, message):
    write(files / "val/val_annotations.txt", text)
    match = rf"val_annotations\.txt.*{message}"
    refused(data.tiny_imagenet(), files, tmp_path, ValueError, match)
