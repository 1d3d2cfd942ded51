"""YouTube Faces (YTF), from its frames and its list of pairs."""

import itertools
import pathlib
import re
from typing import Any

import tensorflow_datasets as tfds

from adrjax.data.builders import _files, _pairs

Name = tuple[str, ...]  # the folder of a person and a folder in it


class Ytf(tfds.core.ShardBasedBuilder):
    """The frames of all paired videos, the ten folds one after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = _files.INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return _pairs.info(
            self,
            "Pairs of videos of one person or of two.",
            "https://www.cs.tau.ac.il/~wolf/ytfaces",
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = _files.inside(dl_manager.manual_dir)
        root = _files.inside(folder, "frame_images_DB")
        one, other, same = _read(_files.inside(folder, "splits.txt"))
        names, first, second = _pairs.numbered(one, other)
        videos = [_frames(_files.inside(root, *name)) for name in names]
        frames = [*itertools.chain.from_iterable(videos)]
        return _pairs.splits(
            self,
            _pairs.PairFiles(
                sizes=[*map(len, videos)],
                image=lambda i: _files.image(frames[i]),
                first=first,
                second=second,
                same=same,
            ),
        )


def _read(path: pathlib.Path) -> tuple[list[Name], list[Name], list[bool]]:
    """Returns the names of both videos of each pair, and whether it is of one person.

    The last column is read, so the 6th column of splits_corrected.txt if there is one.
    """
    _header, *lines = path.read_text().splitlines() or [""]
    rows = []
    for i, line in enumerate(lines):
        row = [field.strip() for field in line.split(",")]
        is_pair = len(row) in (5, 6) and row[0].isdecimal() and row[-1] in ("0", "1")
        if not is_pair:
            raise ValueError(
                f"{path}, pair {i + 1}, must be a fold, a number, two videos and 0 or "
                f"1, with commas between, got {line!r}"
            )
        rows.append(row)
    folds = [int(row[0]) for row in rows]
    sizes = {folds.count(fold) for fold in folds}
    if folds != sorted(folds) or len(sizes) != 1:
        raise ValueError(
            f"{path} must list folds of one size one after the other, got folds of "
            f"{sorted(sizes)} pairs"
        )
    one, other = ([tuple(row[i].split("/")) for row in rows] for i in (2, 3))
    return one, other, [row[-1] == "1" for row in rows]


def _frames(folder: pathlib.Path) -> list[pathlib.Path]:
    """Returns the frames of a video by their numbers, which have no leading zeros."""
    frames = sorted(
        folder.iterdir(), key=lambda path: [*map(int, re.findall(r"\d+", path.name))]
    )
    if not frames:
        raise ValueError(f"{folder} must hold at least one frame")
    return frames
