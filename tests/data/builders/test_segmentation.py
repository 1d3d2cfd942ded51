"""BSDS500 and Pascal VOC from their folders."""

import numpy as np
from PIL import Image
import pytest
from scipy.io import savemat

from adrjax import data
from tests.data.builders.miniature import cut, photo, refused, write

SIZES = {"8023": (6, 9), "42012": (9, 6)}
RNG = np.random.default_rng(0)
PEOPLE = {
    name: [RNG.integers(1, 300, size, np.uint16) for _ in range(people)]
    for people, (name, size) in enumerate(SIZES.items(), 2)
}


def masks(name, k):
    return (RNG.permutation(54) % (k + 3)).astype(np.uint8).reshape(SIZES[name])


MASKS = {name: (masks(name, 1), masks(name, 2)) for name in SIZES}


@pytest.fixture
def bsds(tmp_path):
    for i, (name, size) in enumerate(SIZES.items()):
        write(tmp_path / f"data/images/val/{name}.jpg", photo(i, *size))
        truth = np.empty((1, len(PEOPLE[name])), object)
        for k, segments in enumerate(PEOPLE[name]):
            truth[0, k] = {"Segmentation": segments, "Boundaries": segments > 1}
        (tmp_path / "data/groundTruth/val").mkdir(parents=True, exist_ok=True)
        savemat(
            tmp_path / f"data/groundTruth/val/{name}.mat",
            {"groundTruth": truth},
            do_compression=True,
        )
    return tmp_path / "data"


@pytest.fixture
def voc(tmp_path):
    folder = tmp_path / "VOC2012"
    for i, (name, size) in enumerate(SIZES.items()):
        write(folder / f"JPEGImages/{name}.jpg", photo(i, *size))
        for kind, mask in zip(("Class", "Object"), MASKS[name], strict=True):
            path = folder / f"Segmentation{kind}/{name}.png"
            path.parent.mkdir(exist_ok=True)
            image = Image.fromarray(mask)
            image.putpalette(RNG.integers(0, 256, 768, np.uint8).tobytes())
            image.save(path)
    write(folder / "ImageSets/Segmentation/train.txt", "8023\n")
    write(folder / "ImageSets/Segmentation/val.txt", "42012\n")
    return folder


def test_bsds500_keeps_every_segmentation_and_the_bytes_of_images(bsds, tmp_path):
    data.bsds500().prepare(tmp_path, bsds)
    examples = data.bsds500().examples("validation", tmp_path)
    assert len(examples) == 2
    for example in examples:
        name = example["id"].decode()
        assert example["image"] == (bsds / f"images/val/{name}.jpg").read_bytes()
        decoded = [data.decode(png, 1)[..., 0] for png in example["segmentations"]]
        for got, expected in zip(decoded, PEOPLE[name], strict=True):
            np.testing.assert_array_equal(got, expected)


def test_voc_segmentation_keeps_palette_indices(voc, tmp_path):
    data.voc_segmentation().prepare(tmp_path, voc)
    for split, name in {"train": "8023", "validation": "42012"}.items():
        (example,) = data.voc_segmentation().examples(split, tmp_path)
        assert example["image"] == (voc / f"JPEGImages/{name}.jpg").read_bytes()
        for kind, expected in zip(("classes", "objects"), MASKS[name], strict=True):
            got = data.decode(example[kind], 1)[..., 0]
            np.testing.assert_array_equal(got, expected)


def test_bsds500_cannot_be_read_as_a_split_of_labels(bsds, tmp_path):
    data.bsds500().prepare(tmp_path, bsds)
    with pytest.raises(ValueError, match=r"no classes.*Dataset\.examples"):
        data.bsds500().read("validation", tmp_path)


def test_bsds500_names_a_missing_or_truncated_ground_truth(bsds, tmp_path):
    file = bsds / "groundTruth/val/8023.mat"
    cut(file)
    refused(data.bsds500(), bsds, tmp_path, ValueError, r"8023\.mat is not a ground tr")
    file.unlink()
    match = r"val/8023\.mat is missing"
    refused(data.bsds500(), bsds, tmp_path, FileNotFoundError, match)


def test_bsds500_needs_a_split_with_images(bsds, tmp_path):
    for file in (bsds / "images/val").iterdir():
        file.unlink()
    refused(data.bsds500(), bsds, tmp_path, ValueError, "images/val must hold images")
    (bsds / "images/val").rmdir()
    match = "images must hold train, val or test"
    refused(data.bsds500(), bsds, tmp_path, FileNotFoundError, match)


def test_voc_segmentation_names_a_missing_or_truncated_mask(voc, tmp_path):
    file = voc / "SegmentationObject/42012.png"
    cut(file)
    match = r"Object/42012\.png is not a readable image"
    refused(data.voc_segmentation(), voc, tmp_path, ValueError, match)
    file.unlink()
    match = r"Object/42012\.png is missing"
    refused(data.voc_segmentation(), voc, tmp_path, FileNotFoundError, match)
