"""YouTube Faces, in miniature: three people, five videos, two folds."""

import numpy as np
import pytest

from adrjax import data
from tests.data.builders.faces import encoded, is_clean, numbers, written

SPLITS = """split number, pair number, first name, second name, is same
1, 1, Ann_Bo/0, Ann_Bo/3, 1
1, 2, Cid/1, Ann_Bo/0, 0
2, 1, Cid/1, Cid/2, 1
2, 2, Dee/0, Ann_Bo/3, 0
"""
# The first frame and the number of frames: 999 comes before 1000.
VIDEOS = {
    "Ann_Bo/0": (998, 4),
    "Ann_Bo/3": (100, 1),
    "Cid/1": (200, 9),
    "Cid/2": (300, 2),
    "Cid/4": (400, 2),
    "Dee/0": (500, 3),
}


@pytest.fixture
def manual_dir(tmp_path):
    folder = tmp_path / "manual"
    for video, (start, size) in VIDEOS.items():
        for i in range(start, start + size):
            name = f"{video[-1]}.{i}.jpg"
            written(folder / "frame_images_DB" / video / name, i)
    (folder / "splits.txt").write_text(SPLITS)
    return folder


def prepare(manual_dir):
    data_dir = manual_dir.parent / "data"
    data.ytf().prepare(data_dir, manual_dir)
    return data_dir


def read(manual_dir, **kwargs):
    """The pairs, and the numbers of the frames of each video."""
    pairs = data.ytf(**kwargs).read(prepare(manual_dir))
    shown = np.array(numbers(pairs.images))
    frames = [shown[pairs.items == i].tolist() for i in range(pairs.items.max() + 1)]
    return pairs, frames


def test_ytf_reads_pairs_and_frames_in_order(manual_dir):
    pairs, frames = read(manual_dir)
    assert [frames[i] for i in pairs.first] == [
        [998, 999, 1000, 1001],
        [*range(200, 209)],
        [*range(200, 209)],
        [500, 501, 502],
    ]
    second = [frames[i][0] for i in pairs.second]
    assert second == [100, 998, 300, 100]
    assert pairs.same.tolist() == [True, False, True, False]
    assert len(frames) == 5  # Cid/4 is in no pair


@pytest.mark.parametrize(
    "frames, expected",
    [
        (1, [[1000], [100], [204], [301], [501]]),
        (3, [[998, 1000, 1001], [100], [201, 204, 207], [300, 301], [500, 501, 502]]),
    ],
)
def test_ytf_reads_evenly_spaced_frames(manual_dir, frames, expected):
    pairs, numbers = read(manual_dir, frames=frames)
    assert sorted(numbers) == sorted(expected)
    assert pairs.images.shape[0] == sum(map(len, expected))


@pytest.mark.parametrize("frames", [0, -1])
def test_ytf_needs_at_least_one_frame(frames):
    with pytest.raises(ValueError, match="frames must be at least 1, got"):
        data.ytf(frames=frames)


def test_ytf_reads_the_corrected_column(manual_dir):
    lines = SPLITS.splitlines()
    corrected = [
        lines[0],
        *(f"{line}, {int(i == 2)}" for i, line in enumerate(lines[1:])),
    ]
    (manual_dir / "splits.txt").write_text("\n".join(corrected) + "\n")
    assert read(manual_dir)[0].same.tolist() == [False, False, True, False]


def test_ytf_names_a_missing_video(manual_dir):
    (manual_dir / "frame_images_DB/Cid/2").rename(manual_dir / "elsewhere")
    with pytest.raises(FileNotFoundError, match=r"Cid/2 is missing\n.*holds: 1, 4"):
        prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "ytf")


def test_ytf_names_an_empty_video(manual_dir):
    (manual_dir / "frame_images_DB/Ann_Bo/3/3.100.jpg").unlink()
    with pytest.raises(
        ValueError, match=r"frame_images_DB/Ann_Bo/3 must hold at least one frame"
    ):
        prepare(manual_dir)


@pytest.mark.parametrize("name", ["frame_images_DB", "splits.txt"])
def test_ytf_names_a_missing_file_or_folder(manual_dir, name):
    (manual_dir / name).rename(manual_dir / "elsewhere")
    with pytest.raises(FileNotFoundError, match=f"{name} is missing"):
        prepare(manual_dir)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("Cid/1, Cid/2, 1", "Cid/1, Cid/2", "pair 3, must be a fold, a number, two"),
        ("Cid/1, Cid/2, 1", "Cid/1, Cid/2, 2", "pair 3, must be a fold"),
        ("Cid/1, Cid/2, 1", "Cid/1, Cid/2,", "pair 3, must be a fold"),
        ("2, 1, Cid", "two, 1, Cid", "pair 3, must be a fold"),
        (
            "2, 1, Cid",
            "1, 1, Cid",
            r"folds of one size .*, got folds of \[1, 3\]",
        ),
        ("1, 2, Cid", "2, 2, Cid", r"folds of \[1, 3\] pairs"),
        ("1, 1, Ann_Bo", "2, 1, Ann_Bo", "folds of one size one after the other"),
        (SPLITS, "", r"got folds of \[\] pairs"),
    ],
)
def test_ytf_refuses_wrong_lines(manual_dir, old, new, message):
    (manual_dir / "splits.txt").write_text(SPLITS.replace(old, new, 1))
    with pytest.raises(ValueError, match=rf"splits\.txt.*{message}"):
        prepare(manual_dir)


def test_ytf_can_be_prepared_again_after_a_truncated_frame(manual_dir):
    path = manual_dir / "frame_images_DB/Cid/1/1.205.jpg"
    content = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"1\.205\.jpg is not a readable image"):
        prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "ytf")
    path.write_bytes(content)
    assert len(read(manual_dir)[0].same) == 4


def test_ytf_examples_show_the_middle_frame(manual_dir):
    pair = data.ytf().examples("test", prepare(manual_dir))[1]
    assert pair["first"] == encoded(204) and pair["label"] == "different"
    assert pair["second"] == encoded(999)
