"""MARS from its photos and the authors' matrices."""

import numpy as np
import pytest
from scipy.io import savemat

from adrjax import data
from tests.data.builders.miniature import cut, photo, refused, write

# Person, camera and photos of each tracklet.
TRAIN = [(1, 1, 2), (1, 2, 1), (7, 6, 3)]
TEST = [(-1, 1, 1), (0, 3, 2), (2, 1, 2), (2, 4, 1), (4, 5, 1)]
QUERIES = [3]


def distribute(folder, part, tracklets):
    names, rows = [], []
    for number, (person, camera, photos) in enumerate(tracklets, 1):
        where = "00-1" if person == -1 else f"{person:04}"
        rows.append((len(names) + 1, len(names) + photos, person, camera))
        for frame in range(1, photos + 1):
            names.append(f"{where}C{camera}T{number:04}F{frame:03}.jpg")
            content = photo(len(names), 256, 128)
            write(folder / f"bbox_{part}" / where / names[-1], content)
    write(folder / f"info/{part}_name.txt", "\n".join(names) + "\n")
    matrix = {f"track_{part}_info": np.array(rows, np.int32)}
    savemat(folder / f"info/tracks_{part}_info.mat", matrix)


@pytest.fixture
def files(tmp_path):
    distribute(tmp_path / "MARS", "train", TRAIN)
    distribute(tmp_path / "MARS", "test", TEST)
    file = tmp_path / "MARS/info/query_IDX.mat"
    savemat(file, {"query_IDX": np.array([QUERIES], np.uint16)})
    return tmp_path / "MARS"


def facts(examples):
    return [
        tuple(int(e[k]) for k in ("person", "camera", "tracklet")) for e in examples
    ]


def test_mars_has_the_training_people_as_classes(files, tmp_path):
    data.mars().prepare(tmp_path, files)
    examples = [*data.mars().examples("train", tmp_path)]
    assert [int(e["label"]) for e in examples] == [0, 0, 0, 1, 1, 1]
    assert facts(examples) == [(1, 1, 0)] * 2 + [(1, 2, 1)] + [(7, 6, 2)] * 3
    first = (files / "bbox_train/0001/0001C1T0001F001.jpg").read_bytes()
    assert examples[0]["image"] == first
    assert data.mars().read("train", tmp_path).images.shape == (6, 256, 128, 3)


def test_mars_query_and_gallery_leave_out_junk(files, tmp_path):
    dataset = data.mars(people="test")
    dataset.prepare(tmp_path, files)
    assert facts(dataset.examples("query", tmp_path)) == [(2, 1, 2)] * 2
    gallery = [(0, 3, 1)] * 2 + [(2, 4, 3), (4, 5, 4)]
    assert facts(dataset.examples("gallery", tmp_path)) == gallery


def test_mars_names_a_photo_that_contradicts_the_matrix(files, tmp_path):
    names = files / "info/train_name.txt"
    text = names.read_text()
    names.write_text(text.replace("0007C6", "0007C5", 1))
    match = r"train_name\.txt, line 4, must be of person 0007 and camera 6 .*got 0007C5"
    refused(data.mars(), files, tmp_path, ValueError, match)
    names.write_text("\n".join(text.split()[:-1]))
    refused(data.mars(), files, tmp_path, ValueError, r"train_name\.txt .* got 5 lines")


def test_mars_names_a_truncated_or_wrong_matrix(files, tmp_path):
    savemat(files / "info/query_IDX.mat", {"query_IDX": np.array([[6]])})
    match = r"query_IDX\.mat must hold tracklets in 1\.\.5, got 6"
    refused(data.mars(), files, tmp_path, ValueError, match)
    cut(files / "info/tracks_test_info.mat")
    match = r"tracks_test_info\.mat does not hold the matrix track_test_info"
    refused(data.mars(), files, tmp_path, ValueError, match)


def test_mars_refuses_a_split_without_photos(files, tmp_path):
    savemat(files / "info/query_IDX.mat", {"query_IDX": np.empty((1, 0))})
    refused(
        data.mars(), files, tmp_path, ValueError, r"test_name\.txt must list a photo"
    )


def test_mars_names_a_missing_or_truncated_photo(files, tmp_path):
    file = files / "bbox_test/0004/0004C5T0005F001.jpg"
    cut(file)
    refused(
        data.mars(),
        files,
        tmp_path,
        ValueError,
        "0004C5T0005F001.jpg is not a readable",
    )
    file.unlink()
    match = r"0004C5T0005F001\.jpg is missing"
    refused(data.mars(), files, tmp_path, FileNotFoundError, match)
