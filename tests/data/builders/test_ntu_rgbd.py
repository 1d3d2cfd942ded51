"""NTU RGB+D from folders of depth maps."""

import io
import shutil

import numpy as np
from PIL import Image
import pytest

from adrjax import data
from tests.data.builders.miniature import cut, refused, write

CLIPS = {
    "S001C001P001R001A001": "subject",
    "S001C002P001R002A060": "both",
    "S002C003P003R001A010": "view",
    "S017C001P040R001A002": "neither",
    "S017C003P038R001A003": "both",
}


def depth(seed):
    pixels = np.random.default_rng(seed).integers(0, 8000, (5, 7), np.uint16)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return pixels, file.getvalue()


@pytest.fixture
def files(tmp_path):
    for i, clip in enumerate(CLIPS):
        for frame in range(i + 1):
            name = f"MDepth-{frame + 1:08}.png"
            write(tmp_path / "masked" / clip / name, depth(10 * i + frame)[1])
    return tmp_path / "masked"


@pytest.mark.parametrize(
    "protocol, training", [("cross-subject", "subject"), ("cross-view", "view")]
)
def test_ntu_rgbd_protocols_follow_the_names_of_clips(
    files, tmp_path, protocol, training
):
    dataset = data.ntu_rgbd(protocol=protocol)
    dataset.prepare(tmp_path, files)
    for split in ("train", "test"):
        expected = {
            clip
            for clip, part in CLIPS.items()
            if (part in ("both", training)) == (split == "train")
        }
        examples = [*dataset.examples(split, tmp_path)]
        assert {example["id"].decode() for example in examples} == expected
        for example in examples:
            assert example["label"] == int(example["id"][-3:]) - 1
            assert example["subject"] == int(example["id"][9:12])


def test_ntu_rgbd_keeps_the_order_and_the_16_bits_of_frames(files, tmp_path):
    data.ntu_rgbd().prepare(tmp_path, files)
    clips = {e["id"].decode(): e for e in data.ntu_rgbd().examples("train", tmp_path)}
    frames = clips["S017C003P038R001A003"]["frames"]
    assert len(frames) == 5
    for frame, encoded in enumerate(frames):
        assert encoded == depth(40 + frame)[1]
        np.testing.assert_array_equal(
            data.decode(encoded, 1)[..., 0], depth(40 + frame)[0]
        )


@pytest.mark.parametrize(
    "name, message",
    [
        ("S001C001P001R001A061", r"must lie in 1\.\.60, got 61"),
        ("S001C004P001R001A001", r"must lie in 1\.\.3, got 4"),
        ("S001C001P001", "must be the folder of a clip"),
    ],
)
def test_ntu_rgbd_names_a_folder_that_is_not_a_clip(files, tmp_path, name, message):
    (files / name).mkdir()
    refused(data.ntu_rgbd(), files, tmp_path, ValueError, f"{name} .*{message}")


def test_ntu_rgbd_names_a_clip_without_frames_or_with_a_truncated_one(files, tmp_path):
    first = files / "S001C002P001R002A060/MDepth-00000001.png"
    cut(first)
    refused(data.ntu_rgbd(), files, tmp_path, ValueError, "A060/MDepth-00000001.png")
    for frame in first.parent.iterdir():
        frame.unlink()
    refused(data.ntu_rgbd(), files, tmp_path, ValueError, "A060 must hold frames")


def test_ntu_rgbd_refuses_a_part_without_clips(files, tmp_path):
    shutil.rmtree(files / "S002C003P003R001A010")
    refused(data.ntu_rgbd(), files, tmp_path, ValueError, "has none of 'view'")
