"""Clips of depth maps: which frames, which crop, which levels."""

import io
import math

import numpy as np
from PIL import Image
import pytest

from adrjax import data
from adrjax.data._clips import decode_clip
from tests.data.builders.miniature import write

RNG = np.random.default_rng


def png(depth):
    file = io.BytesIO()
    Image.fromarray(depth).save(file, "png")
    return file.getvalue()


def clip_of(length, height=12, width=10):
    """Returns frames whose depth is 1000 * frame + 10 * row + column."""
    rows, columns = np.indices((height, width))
    depths = [1000 * i + 10 * rows + columns for i in range(length)]
    return [png(depth.astype(np.uint16)) for depth in depths]


SMALL = {"segments": 4, "region": (2, 1, 10, 9), "depths": (0, 25_500)}


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        # 16 places in four segments of four; the third of each.
        (18, [2, 6, 10, 14]),
        # Two places, three times each, in segments of 2, 2, 1 and 1.
        (4, [0, 1, 1, 1]),
        (3, [0, 0, 0, 0]),
    ],
)
def test_middle_clip_takes_the_middle_of_each_segment(length, expected):
    crop = data.MiddleClip(8, **SMALL)
    np.testing.assert_array_equal(crop.starts(length, RNG()), expected)


def test_middle_clip_has_three_frames_as_channels_and_depths_as_levels():
    crop = data.MiddleClip(8, **SMALL)
    clip = decode_clip(clip_of(18), crop, RNG())
    assert clip.shape == crop.shape(3) == (4, 8, 8, 3) and clip.dtype == np.uint8
    rows, columns = np.indices((8, 8))
    for segment, start in zip(clip, [2, 6, 10, 14], strict=True):
        for channel in range(3):
            depth = 1000 * (start + channel) + 10 * (rows + 1) + columns + 2
            np.testing.assert_array_equal(segment[..., channel], depth // 100)


def test_depths_are_clipped():
    frames = [png(np.array([[0, 500, 4250, 8000, 9000]], np.uint16).repeat(5, 0))] * 3
    crop = data.MiddleClip(5, segments=1, region=(0, 0, 5, 5))
    levels = decode_clip(frames, crop, RNG())[0, 0, :, 0]
    np.testing.assert_array_equal(levels, [0, 0, 127, 255, 255])


def test_clips_are_scaled_to_the_nearest_pixel_as_in_pillow():
    depth = np.arange(64, dtype=np.uint8).reshape(8, 8)
    frames = [png(depth)] * 3
    crop = data.MiddleClip(5, segments=1, region=(0, 0, 8, 8), depths=(0, 255))
    expected = Image.fromarray(depth).resize((5, 5), Image.Resampling.NEAREST)
    found = decode_clip(frames, crop, RNG())[0, ..., 1]
    np.testing.assert_array_equal(found, np.asarray(expected))


@pytest.mark.parametrize("length", [3, 5, 10, 40, 200])
def test_random_clip_has_a_place_in_each_segment(length):
    crop, places = data.RandomClip(8, segments=16), length - 2
    drawn = np.stack([crop.starts(length, RNG(seed)) for seed in range(200)])
    assert drawn.shape == (200, 16)
    assert drawn.min() == 0 and drawn.max() == places - 1
    assert (np.diff(drawn) >= 0).all()
    if places >= 32:  # even half of the clip has different places for all segments
        assert (np.diff(drawn) > 0).all()
        assert {*range(places)} == {*drawn.ravel().tolist()}
    if places <= 16:
        repeats = math.ceil(16 / places) + 1
        assert max(np.bincount(row).max() for row in drawn) <= repeats


def test_random_clip_draws_neighboring_scales_and_every_place():
    crop = data.RandomClip(22, region=(5, 3, 37, 35), scales=(1.0, 0.9, 0.8, 0.7))
    boxes = np.array([crop.box(RNG(seed)) for seed in range(2000)])
    left, top, right, bottom = boxes.T
    assert left.min() == 5 and top.min() == 3
    assert right.max() == 37 and bottom.max() == 35
    sides = {*zip((right - left).tolist(), (bottom - top).tolist(), strict=True)}
    order = [32, 28, 25, 22]  # int(32 * scale)
    assert sides == {
        (w, h)
        for i, w in enumerate(order)
        for j, h in enumerate(order)
        if abs(i - j) <= 1
    }


def test_random_clip_takes_a_side_that_is_almost_the_size():
    crop = data.RandomClip(24, region=(0, 0, 32, 32), scales=(0.8, 0.7))
    sides = {crop.box(RNG(seed))[2:] for seed in range(50)}
    widths = {crop.box(RNG(seed))[2] - crop.box(RNG(seed))[0] for seed in range(50)}
    assert widths == {24} and len(sides) > 10  # 25 and 22 are


def test_random_clip_depends_on_the_generator_alone():
    frames, crop = clip_of(40), data.RandomClip(8, **SMALL)
    clips = [decode_clip(frames, crop, RNG(seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(clips[0], clips[1])
    assert (clips[0] != clips[2]).any()


@pytest.fixture(scope="module")
def ntu_dir(tmp_path_factory):
    """NTU RGB+D with one clip of each part, of small frames."""
    folder = tmp_path_factory.mktemp("ntu")
    for i, name in enumerate(
        [
            "S001C001P001R001A001",
            "S001C002P001R001A060",
            "S002C003P003R001A010",
            "S017C001P040R001A002",
        ]
    ):
        for frame, encoded in enumerate(clip_of(4 + 3 * i)):
            write(folder / "masked" / name / f"MDepth-{frame + 1:08}.png", encoded)
    data.ntu_rgbd().prepare(folder / "prepared", folder / "masked")
    return folder / "prepared"


@pytest.mark.parametrize("protocol", ["cross-subject", "cross-view"])
def test_ntu_rgbd_streams_clips(ntu_dir, protocol):
    dataset = data.ntu_rgbd(protocol=protocol)
    crop = data.RandomClip(8, **SMALL)
    split = dataset.stream("train", ntu_dir, crop=crop)
    assert split.images.shape == (2, 4, 8, 8, 3)
    batches = data.train_batches(split, batch_size=2, seed=0, devices=2)
    first = next(batches)
    assert first.images.shape == (2, 1, 4, 8, 8, 3)
    assert first.labels.shape == (2, 1)
    again = next(data.train_batches(split, batch_size=2, seed=0, devices=1))
    np.testing.assert_array_equal(first.images[:, 0], again.images[0])
    test = dataset.stream("test", ntu_dir, crop=data.MiddleClip(8, **SMALL))
    ((batch, real),) = data.eval_batches(test, batch_size=2, devices=1)
    assert real == 2
    for row, clip in enumerate(np.asarray(batch.images[0])):
        frames = test.images.examples[row]["frames"]
        expected = decode_clip(frames, test.images.crop, RNG())
        np.testing.assert_array_equal(clip, expected)


def test_clips_need_frames_and_their_region(ntu_dir, digits_dir):
    with pytest.raises(ValueError, match=r"digits has no frames .* for MiddleClip"):
        data.digits().stream("test", digits_dir, crop=data.MiddleClip(8))
    with pytest.raises(ValueError, match="no single image in an example"):
        data.ntu_rgbd().stream("train", ntu_dir, crop=data.CenterCrop(8))
    with pytest.raises(ValueError, match=r"region \(90, 90, 410, 410\) .* 12 x 10"):
        decode_clip(clip_of(3), data.MiddleClip(8), RNG())
    with pytest.raises(ValueError, match="a clip must have at least 3 frames, got 2"):
        decode_clip(clip_of(2), data.MiddleClip(8), RNG())


@pytest.mark.parametrize("make", [data.MiddleClip, data.RandomClip])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size must be at least 1, got 0"),
        ({"segments": 0}, "segments must be at least 1, got 0"),
        ({"region": (3, 0, 3, 8)}, "region must be left, top, right and bottom"),
        ({"depths": (8000, 500)}, "depths must be a nearest and a farther one"),
    ],
)
def test_clips_check_their_options(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**{"size": 8} | options)


@pytest.mark.parametrize("name", ["shares", "scales"])
@pytest.mark.parametrize("shares", [(), (0.0, 1.0), (1.1,)])
def test_random_clip_checks_its_shares(name, shares):
    with pytest.raises(ValueError, match=rf"{name} must be numbers in \(0, 1\], got"):
        data.RandomClip(8, **{name: shares})
