"""Decoding clips of depth maps: frames of segments, and crops of them."""

from collections.abc import Sequence
import dataclasses
import math

import numpy as np

from adrjax import _checks
from adrjax.data._decode import decode

FRAMES = 3  # consecutive ones of a segment, its channels

Region = tuple[int, int, int, int]  # left, top, right and bottom


@dataclasses.dataclass(frozen=True)
class MiddleClip:
    """Middle frames of each segment of a depth clip, made while decoding.

    For the `crop` of `Dataset.stream` in evaluation, on a data set whose examples have
    `frames`, such as `ntu_rgbd`. The clip is cut into segments of equal length. Three
    consecutive frames from the middle of each are its channels. A region of the frames
    is scaled to one size, without interpolation.

    Depths become levels 0 to 255, clipped to a nearest and a farthest one. The region
    and the depths are those of NTU RGB+D in the code of DOGV-ST3D, which ADR follows.

    Attributes:
        size: Height and width of the result.
        segments: The number of segments. A clip with fewer places for three frames has
            some of them several times.
        region: Left, top, right and bottom of the region, in pixels.
        depths: The depths that become 0 and 255, in the unit of the frames.

    Reference:
        Ji, Zhao, Cheng and Ma, Exploiting Spatio-Temporal Representation for 3D Human
        Action Recognition from Depth Map Sequences, 2021; its code.
    """

    size: int
    segments: int = 16
    region: Region = (90, 90, 410, 410)
    depths: tuple[float, float] = (500, 8000)

    def __post_init__(self) -> None:
        _check(self.size, self.segments, self.region, self.depths)

    def shape(self, channels: int) -> tuple[int, ...]:
        """Returns the shape of a clip."""
        return self.segments, self.size, self.size, FRAMES

    def starts(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """Returns the first frame of each segment; `rng` is not used."""
        parts = _parts(_places(length), self.segments)
        return np.array([part[len(part) // 2] for part in parts])

    def box(self, rng: np.random.Generator) -> Region:
        """Returns left, top, right and bottom of the crop; `rng` is not used."""
        return self.region


@dataclasses.dataclass(frozen=True)
class RandomClip:
    """Random frames of each segment, and a multi-scale crop, of a depth clip.

    For the `crop` of `Dataset.stream` in training; `MiddleClip` is its evaluation. A
    random share of the clip is kept, frames left out at random, and cut into segments
    of equal length. Three consecutive frames from a random place of each segment are
    its channels. All frames have the same crop, whose height and width are random
    shares of the region's shorter side that differ by one entry of `scales` at most. It
    is scaled to one size without interpolation.

    Attributes:
        size: Height and width of the result.
        segments: The number of segments. A clip with fewer places for three frames has
            some of them several times.
        shares: The shares of the clip, of which one is drawn.
        scales: The shares of the region, of which two are drawn, in order of size.
        region: Left, top, right and bottom of the region, in pixels.
        depths: The depths that become 0 and 255, in the unit of the frames.

    Reference:
        Ji, Zhao, Cheng and Ma, Exploiting Spatio-Temporal Representation for 3D Human
        Action Recognition from Depth Map Sequences, 2021; its code. Multi-scale crop:
        Wang et al., Temporal Segment Networks, ECCV 2016, Sec. 3.2.
    """

    size: int
    segments: int = 16
    shares: tuple[float, ...] = (1.0, 0.8, 0.5)
    scales: tuple[float, ...] = (1.0, 0.9, 0.8, 0.7)
    region: Region = (90, 90, 410, 410)
    depths: tuple[float, float] = (500, 8000)

    def __post_init__(self) -> None:
        _check(self.size, self.segments, self.region, self.depths)
        for name, shares in (("shares", self.shares), ("scales", self.scales)):
            if not shares or not all(0 < share <= 1 for share in shares):
                raise ValueError(f"{name} must be numbers in (0, 1], got {shares}")

    def shape(self, channels: int) -> tuple[int, ...]:
        """Returns the shape of a clip."""
        return self.segments, self.size, self.size, FRAMES

    def starts(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """Returns the first frame of each segment."""
        places = _places(length)
        kept = math.ceil(rng.choice(self.shares) * len(places))
        if kept >= self.segments:
            places = np.sort(rng.choice(places, kept, replace=False))
        return np.array([rng.choice(part) for part in _parts(places, self.segments)])

    def box(self, rng: np.random.Generator) -> Region:
        """Returns left, top, right and bottom of a random crop."""
        left, top, right, bottom = self.region
        side = min(right - left, bottom - top)
        sides = [self._snapped(int(side * scale)) for scale in self.scales]
        n = len(sides)
        pairs = [(i, j) for i in range(n) for j in range(n) if abs(i - j) <= 1]
        width, height = (sides[i] for i in rng.choice(pairs))
        left = int(rng.integers(left, right - width, endpoint=True))
        top = int(rng.integers(top, bottom - height, endpoint=True))
        return left, top, left + width, top + height

    def _snapped(self, side: int) -> int:
        """Returns the size of the result for a side that is almost the same."""
        return self.size if abs(side - self.size) < 3 else side


ClipCrop = MiddleClip | RandomClip


def decode_clip(
    frames: Sequence[bytes], crop: ClipCrop, rng: np.random.Generator
) -> np.ndarray:
    """Decodes some frames of a clip and scales a crop of them to one size.

    Args:
        frames: The bytes of the PNG of each frame.
        crop: The frames and the crop.
        rng: The generator of random ones.

    Returns:
        uint8 `[segments, size, size, 3]`.

    Raises:
        ValueError: If there are fewer than three frames, or they are smaller than the
            region.
        OSError: If a frame cannot be decoded to its end.
    """
    starts = crop.starts(len(frames), rng)
    left, top, right, bottom = crop.box(rng)
    rows = top + _nearest(bottom - top, crop.size)
    columns = left + _nearest(right - left, crop.size)
    places = starts[:, None] + np.arange(FRAMES)
    used, where = np.unique(places, return_inverse=True)
    levels = np.empty((len(used), crop.size, crop.size), np.uint8)
    for i, place in enumerate(used.tolist()):
        depth = decode(frames[place], 1)[..., 0]
        height, width = depth.shape
        if width < crop.region[2] or height < crop.region[3]:
            raise ValueError(
                f"frames must have the region {crop.region} (left, top, right and "
                f"bottom), got {height} x {width} pixels"
            )
        levels[i] = _levels(depth[np.ix_(rows, columns)], *crop.depths)
    return np.moveaxis(levels[where.reshape(places.shape)], 1, -1)


def _levels(depth: np.ndarray, nearest: float, farthest: float) -> np.ndarray:
    shares = (depth.astype(np.float64) - nearest) / (farthest - nearest)
    return (255 * np.clip(shares, 0, 1)).astype(np.uint8)  # truncated, as in the code


def _nearest(length: int, size: int) -> np.ndarray:
    """Returns the pixels that Pillow's nearest neighbor takes."""
    return ((np.arange(size) + 0.5) * length / size).astype(int)


def _places(length: int) -> np.ndarray:
    """Returns the places of a clip where three frames start."""
    if length < FRAMES:
        raise ValueError(f"a clip must have at least {FRAMES} frames, got {length}")
    return np.arange(length - FRAMES + 1)


def _parts(places: np.ndarray, segments: int) -> list[np.ndarray]:
    """Returns the places of each segment; all are repeated if there are too few."""
    if len(places) < segments:
        places = np.repeat(places, segments // len(places) + 1)
    return np.array_split(places, segments)


def _check(
    size: int, segments: int, region: Region, depths: tuple[float, float]
) -> None:
    _checks.count("size", size, low=1)
    _checks.count("segments", segments, low=1)
    if len(region) != 4 or not (
        0 <= region[0] < region[2] and 0 <= region[1] < region[3]
    ):
        raise ValueError(
            "region must be left, top, right and bottom with left < right and top < "
            f"bottom, got {region}"
        )
    if len(depths) != 2 or not depths[0] < depths[1] < math.inf:
        raise ValueError(f"depths must be a nearest and a farther one, got {depths}")
