"""Labeled Faces in the Wild from images and pairs.txt, in miniature."""

import errno

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


def test_pairs_in_their_order(manual_dir):
    images, items, first, second, same = data.lfw_pairs().read(prepare(manual_dir))
    assert images.shape == (5, 8, 6, 3) and images.dtype == np.uint8
    assert items.tolist() == [0, 1, 2, 3, 4] and items.dtype == np.int32
    shown = np.array(numbers(images))
    assert shown[first].tolist() == [601, 601, 310, 301]
    assert shown[second].tolist() == [602, 310, 302, 602]
    assert same.tolist() == [True, False, True, False]


def test_each_image_is_there_once(manual_dir):
    shown = numbers(data.lfw_pairs().read(prepare(manual_dir)).images)
    assert shown == [601, 602, 310, 302, 301]  # 603 is in no pair


def test_images_are_cropped_when_they_are_read(manual_dir):
    cropped = data.lfw_pairs(lambda image: image[1:5, 2:]).read(prepare(manual_dir))
    assert cropped.images.shape == (5, 4, 4, 3)
    assert numbers(cropped.images) == [601, 602, 310, 302, 301]


def test_images_of_several_sizes_want_a_crop(manual_dir):
    written(manual_dir / "lfw/Cid/Cid_0010.jpg", 310, (9, 6))
    data_dir = prepare(manual_dir)
    with pytest.raises(ValueError, match=r"shape \(9, 6, 3\), wanted \(8, 6, 3\)"):
        data.lfw_pairs().read(data_dir)
    whole = data.lfw_pairs(lambda image: image[:8]).read(data_dir)
    assert numbers(whole.images) == [601, 602, 310, 302, 301]


def test_a_missing_image_is_named(manual_dir):
    (manual_dir / "lfw/Cid/Cid_0002.jpg").unlink()
    with pytest.raises(FileNotFoundError) as error:
        prepare(manual_dir)
    assert "lfw/Cid/Cid_0002.jpg is not there" in str(error.value)
    assert "holds: Cid_0010.jpg" in str(error.value)
    assert is_clean(manual_dir.parent / "data", "lfw_pairs")


@pytest.mark.parametrize("name", ["lfw", "pairs.txt", "lfw/Dee"])
def test_what_is_missing_is_named(manual_dir, name):
    (manual_dir / name).rename(manual_dir / "elsewhere")
    with pytest.raises(FileNotFoundError, match=f"{name} is not there"):
        prepare(manual_dir)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("2\t1\n", "ten\n", "must begin with the numbers of folds and of pairs, got"),
        ("2\t1\n", "2\t2\n", "holds 4 pairs, wanted 2 folds of 2 of one person and 2"),
        ("Cid\t10\t2\n", "", "holds 3 pairs, wanted 2 folds"),
        ("Cid\t10\t2\n", "Cid\t10\n", "pair 3, must be of one person: a name"),
        ("Cid\t10\t2\n", "Cid\t10\tDee\t1\n", "pair 3, must be of one person"),
        ("Ann_Bo\t1\tCid\t10", "Ann_Bo\t1\tAnn_Bo\t2", "pair 2, must be of two people"),
        ("Ann_Bo\t1\tCid\t10", "Ann_Bo\t1\t2", "pair 2, must be of two people"),
        ("Cid\t10\t2\n", "Cid\tten\t2\n", "pair 3, must number the images, got"),
        (PAIRS, "", "must begin with"),
    ],
)
def test_wrong_pairs_are_refused(manual_dir, old, new, message):
    (manual_dir / "pairs.txt").write_text(PAIRS.replace(old, new, 1))
    with pytest.raises(ValueError, match=rf"pairs\.txt.*{message}"):
        prepare(manual_dir)


def test_a_corrupt_image_leaves_nothing_and_a_rerun_works(manual_dir):
    path = manual_dir / "lfw/Cid/Cid_0010.jpg"
    content = path.read_bytes()
    path.write_bytes(content[:-30])
    with pytest.raises(ValueError, match=r"Cid_0010\.jpg is no image"):
        prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "lfw_pairs")
    path.write_bytes(content)
    assert len(data.lfw_pairs().read(prepare(manual_dir)).same) == 4


def test_a_full_disk_leaves_nothing_and_a_rerun_works(manual_dir, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(_files, "image", full)
        with pytest.raises(OSError, match="No space left on device"):
            prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "lfw_pairs")
    assert len(data.lfw_pairs().read(prepare(manual_dir)).same) == 4


def test_unprepared_pairs_say_how(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"-m adrjax\.data lfw_pairs --data"):
        data.lfw_pairs().read(tmp_path)


def test_pairs_can_be_looked_at(manual_dir):
    pairs = data.lfw_pairs().examples("test", prepare(manual_dir))
    assert len(pairs) == 4 and data.lfw_pairs().sizes == {"test": 6000}
    assert pairs[1] == {
        "first": encoded(601),
        "second": encoded(310),
        "label": "different",
    }
    assert pairs[2]["label"] == "same"


def test_the_contact_sheet_shows_both_images(manual_dir, tmp_path):
    file = tmp_path / "sheet.png"
    contact_sheet(data.lfw_pairs(), "test", file, prepare(manual_dir))
    sheet = np.asarray(Image.open(file).convert("RGB")).reshape(-1, 3)
    for number in (601, 602, 310, 302, 301):
        assert (sheet == color(number)).all(1).any()
