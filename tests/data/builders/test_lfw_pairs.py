"""Labeled Faces in the Wild from images and pairs.txt, in miniature."""

import errno
import json

import numpy as np
from PIL import Image
import pytest

from adrjax import data
from adrjax.data._contact_sheet import contact_sheet
from adrjax.data.builders import _files
from tests.data.builders.faces import color, encoded, is_clean, numbers, written

PAIRS = """2\t1
Ann_Bo\t1\t2
Ann_Bo\t1\tCid\t10
Cid\t10\t2
Dee\t1\tAnn_Bo\t2
"""
FILES = {"Ann_Bo": (1, 2, 3), "Cid": (2, 10), "Dee": (1,)}


@pytest.fixture
def manual_dir(tmp_path):
    folder = tmp_path / "manual"
    for person, images in FILES.items():
        for i in images:
            name = f"lfw/{person}/{person}_{i:04d}.jpg"
            written(folder / name, 100 * len(person) + i)
    (folder / "pairs.txt").write_text(PAIRS)
    return folder


def prepare(manual_dir):
    data_dir = manual_dir.parent / "data"
    data.lfw_pairs().prepare(data_dir, manual_dir)
    return data_dir


def test_lfw_pairs_reads_pairs_in_order(manual_dir):
    images, items, first, second, same = data.lfw_pairs().read(prepare(manual_dir))
    assert images.shape == (5, 8, 6, 3) and images.dtype == np.uint8
    assert items.tolist() == [0, 1, 2, 3, 4] and items.dtype == np.int32
    shown = np.array(numbers(images))
    assert shown[first].tolist() == [601, 601, 310, 301]
    assert shown[second].tolist() == [602, 310, 302, 602]
    assert same.tolist() == [True, False, True, False]


def test_lfw_pairs_reads_each_image_once(manual_dir):
    shown = numbers(data.lfw_pairs().read(prepare(manual_dir)).images)
    assert shown == [601, 602, 310, 302, 301]  # 603 is in no pair


def test_lfw_pairs_crops_images_when_they_are_read(manual_dir):
    cropped = data.lfw_pairs(lambda image: image[1:5, 2:]).read(prepare(manual_dir))
    assert cropped.images.shape == (5, 4, 4, 3)
    assert numbers(cropped.images) == [601, 602, 310, 302, 301]


def test_lfw_pairs_needs_a_crop_for_images_of_several_sizes(manual_dir):
    written(manual_dir / "lfw/Cid/Cid_0010.jpg", 310, (9, 6))
    data_dir = prepare(manual_dir)
    with pytest.raises(ValueError, match=r"the shape \(8, 6, 3\), got \(9, 6, 3\)"):
        data.lfw_pairs().read(data_dir)
    whole = data.lfw_pairs(lambda image: image[:8]).read(data_dir)
    assert numbers(whole.images) == [601, 602, 310, 302, 301]


def test_lfw_pairs_names_a_missing_image(manual_dir):
    (manual_dir / "lfw/Cid/Cid_0002.jpg").unlink()
    with pytest.raises(FileNotFoundError) as error:
        prepare(manual_dir)
    assert "lfw/Cid/Cid_0002.jpg is missing" in str(error.value)
    assert "holds: Cid_0010.jpg" in str(error.value)
    assert is_clean(manual_dir.parent / "data", "lfw_pairs")


@pytest.mark.parametrize("name", ["lfw", "pairs.txt", "lfw/Dee"])
def test_lfw_pairs_names_a_missing_file_or_folder(manual_dir, name):
    (manual_dir / name).rename(manual_dir / "elsewhere")
    with pytest.raises(FileNotFoundError, match=f"{name} is missing"):
        prepare(manual_dir)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("2\t1\n", "ten\n", "must begin with the numbers of folds and of pairs, got"),
        (
            "2\t1\n",
            "2\t2\n",
            "must hold 2 folds of 2 pairs of one person .* got 4 pairs",
        ),
        ("Cid\t10\t2\n", "", "must hold 2 folds .* got 3 pairs"),
        ("Cid\t10\t2\n", "Cid\t10\n", "pair 3, must be of one person: a name and two"),
        ("Cid\t10\t2\n", "Cid\t10\tDee\t1\n", "pair 3, must be of one person"),
        ("Ann_Bo\t1\tCid\t10", "Ann_Bo\t1\tAnn_Bo\t2", "pair 2, must be of two people"),
        ("Ann_Bo\t1\tCid\t10", "Ann_Bo\t1\t2", "pair 2, must be of two people"),
        ("Cid\t10\t2\n", "Cid\tten\t2\n", "pair 3, must number the images, got"),
        (PAIRS, "", "must begin with"),
    ],
)
def test_lfw_pairs_refuses_wrong_lines(manual_dir, old, new, message):
    (manual_dir / "pairs.txt").write_text(PAIRS.replace(old, new, 1))
    with pytest.raises(ValueError, match=rf"pairs\.txt.*{message}"):
        prepare(manual_dir)


def test_lfw_pairs_can_be_prepared_again_after_a_truncated_image(manual_dir):
    path = manual_dir / "lfw/Cid/Cid_0010.jpg"
    content = path.read_bytes()
    path.write_bytes(content[:-30])
    with pytest.raises(ValueError, match=r"Cid_0010\.jpg is not a readable image"):
        prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "lfw_pairs")
    path.write_bytes(content)
    assert len(data.lfw_pairs().read(prepare(manual_dir)).same) == 4


def test_lfw_pairs_can_be_prepared_again_after_a_full_disk(manual_dir, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(_files, "image", full)
        with pytest.raises(OSError, match="No space left on device"):
            prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "lfw_pairs")
    assert len(data.lfw_pairs().read(prepare(manual_dir)).same) == 4


def test_lfw_pairs_names_damaged_metadata(manual_dir):
    data_dir = prepare(manual_dir)
    (file,) = data_dir.rglob("metadata.json")
    table = json.loads(file.read_text())
    file.write_text(json.dumps(table | {"sizes": table["sizes"][:-1]}))
    for read in (data.lfw_pairs().read, lambda d: data.lfw_pairs().examples("test", d)):
        with pytest.raises(ValueError, match=r"5 images, but its metadata\.json does"):
            read(data_dir)
    file.unlink()
    with pytest.raises(ValueError, match=r"is damaged|metadata\.json does not"):
        data.lfw_pairs().read(data_dir)


def test_lfw_pairs_refuses_an_empty_folder(tmp_path):
    (tmp_path / "manual").mkdir()
    with pytest.raises(FileNotFoundError, match="manual is empty"):
        data.lfw_pairs().prepare(tmp_path, tmp_path / "manual")


def test_lfw_pairs_not_prepared_shows_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"-m adrjax\.data lfw_pairs --data"):
        data.lfw_pairs().read(tmp_path)


def test_lfw_pairs_examples_are_encoded_pairs(manual_dir):
    pairs = data.lfw_pairs().examples("test", prepare(manual_dir))
    assert len(pairs) == 4 and data.lfw_pairs().sizes == {"test": 6000}
    assert pairs[1] == {
        "first": encoded(601),
        "second": encoded(310),
        "label": "different",
    }
    assert pairs[2]["label"] == "same"


def test_contact_sheet_shows_both_images_of_a_pair(manual_dir, tmp_path):
    file = tmp_path / "sheet.png"
    contact_sheet(data.lfw_pairs(), "test", file, prepare(manual_dir))
    sheet = np.asarray(Image.open(file).convert("RGB")).reshape(-1, 3)
    for number in (601, 602, 310, 302, 301):
        assert (sheet == color(number)).all(1).any()
