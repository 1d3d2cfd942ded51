"""MARS from its photos and the authors' matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.io import savemat

from adrjax import data, margins, metrics
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


def test_mars_tracklets_have_people_and_cameras(files, tmp_path):
    data.mars().prepare(tmp_path, files)
    query = data.mars_tracklets("query", tmp_path)
    assert query.images.shape == (2, 256, 128, 3)
    assert [part.tolist() for part in query[1:]] == [[0, 0], [2], [1]]
    gallery = data.mars_tracklets("query+gallery", tmp_path, crop=data.Squash(8))
    assert gallery.images.shape == (6, 8, 8, 3)
    items, people, cameras = [0, 0, 1, 1, 2, 3], [2, 0, 2, 4], [1, 3, 4, 5]
    assert [part.tolist() for part in gallery[1:]] == [items, people, cameras]
    assert {part.dtype for part in gallery[1:]} == {np.dtype(np.int32)}
    train = data.mars_tracklets("train", tmp_path)
    assert train.items.tolist() == [0, 0, 1, 2, 2, 2]
    assert train.person.tolist() == [1, 1, 7]


def test_mars_tracklets_are_searched_across_cameras(files, tmp_path):
    data.mars().prepare(tmp_path, files)
    gallery = data.mars_tracklets("query+gallery", tmp_path, crop=data.Squash(8))
    split = data.Split(gallery.images, gallery.items)
    ((batch, real),) = data.eval_batches(split, batch_size=8, devices=1)
    pixels = np.asarray(batch.images[0], np.float32)[:real].reshape(real, -1)
    assert batch.labels[0, :real].tolist() == gallery.items.tolist()
    sums = jax.ops.segment_sum(pixels, gallery.items, len(gallery.person))
    np.testing.assert_allclose(sums[0], pixels[0] + pixels[1], rtol=1e-6)
    labels = jnp.asarray(gallery.person[:1]), jnp.asarray(gallery.person)
    where = metrics.cross_camera(
        labels[0], gallery.camera[:1], labels[1], gallery.camera
    )
    assert where.tolist() == [[False, True, True, True]]
    found = metrics.cumulative_matching(
        margins.cosines(sums[:1], sums), *labels, where=where
    )
    assert found[-1] == 1


def test_mars_tracklets_check_their_arguments(files, tmp_path):
    with pytest.raises(FileNotFoundError, match="mars is not prepared"):
        data.mars_tracklets("query", tmp_path)
    data.mars().prepare(tmp_path, files)
    with pytest.raises(ValueError, match="num_workers must be at least 0, got -1"):
        data.mars_tracklets("query", tmp_path, num_workers=-1)
    with pytest.raises(ValueError, match="test"):
        data.mars_tracklets("test", tmp_path)


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
