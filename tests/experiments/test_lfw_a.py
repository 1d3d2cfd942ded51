"""`experiments.lfw_a`: who is trained on, and the files it writes."""

import numpy as np
from PIL import Image
import pytest

from experiments import lfw_a
from experiments.command import DataError

PAIRS = "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t1\nCat\t1\t2\nCat\t1\tDan\t3\n"
PHOTOS = {"Ann": 3, "Bob": 4, "Cat": 3, "Dan": 3, "Eve": 2, "Fay": 4}


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for person, number in PHOTOS.items():
        for i in range(1, number + 1):
            pixels = np.full((80, 80), 10 * i, np.uint8)
            Image.fromarray(pixels).save(folder / f"{person}_{i:04d}.png")
    (tmp_path / "pairs.txt").write_text(PAIRS)
    return folder


def test_people_of_the_first_fold_are_in_both_kinds_of_its_pairs():
    assert lfw_a.people_of_the_first_fold(PAIRS) == {"Ann", "Bob"}


def test_people_with_three_photos_outside_of_the_first_fold_are_trained_on(
    tmp_path, images
):
    out = tmp_path / "out"
    text = lfw_a.write(images, tmp_path / "pairs.txt", out)
    assert text.startswith("3 people and 10 photos")
    assert {x.name for x in (out / "CASIA-WebFace").iterdir()} == {"Cat", "Dan", "Fay"}
    assert len([*out.glob("lfw/*/*.jpg")]) == sum(PHOTOS.values())
    assert (out / "pairs.txt").read_text() == PAIRS
    with Image.open(out / "lfw/Bob/Bob_0004.jpg") as image:
        assert image.size == (64, 64) and image.mode == "RGB"


def test_files_that_are_there_are_not_mixed_with_others(tmp_path, images):
    with pytest.raises(DataError, match="must be empty or new"):
        lfw_a.write(images, tmp_path / "pairs.txt", images)
    with pytest.raises(DataError, match="must hold photos NAME_0001"):
        empty = tmp_path / "empty"
        empty.mkdir()
        lfw_a.write(empty, tmp_path / "pairs.txt", tmp_path / "new")
