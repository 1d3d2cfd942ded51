"""YouTube Faces, from its frames and its list of pairs."""

import itertools
import pathlib
import re

import tensorflow_datasets as tfds

from adrjax.data._ytf import FILES
from adrjax.data.builders import _files, _pairs


class Ytf(tfds.core.ShardBasedBuilder):
    """The frames of all videos that are paired, its ten folds one after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
        return _pairs.info(
            self,
            "Pairs of videos of one person or of two.",
            "https://www.cs.tau.ac.il/~wolf/ytfaces",
        )

    def _shard_iterators_per_split(self, dl_manager):
        folder = pathlib.Path(dl_manager.manual_dir)
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


def _read(path):
    """Returns the person and the video of both items of each pair, and the bools."""
    _header, *lines = path.read_text().splitlines() or [""]
    rows = []
    for i, line in enumerate(lines):
        row = [field.strip() for field in line.split(",")]
        if len(row) not in (5, 6) or not row[0].isdecimal() or row[-1] not in "01":
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


def _frames(folder):
    """Returns the frames of a video by their numbers, which have no leading zeros."""
    frames = sorted(
        folder.iterdir(), key=lambda path: [*map(int, re.findall(r"\d+", path.name))]
    )
    if not frames:
        raise ValueError(f"{folder} holds no frame")
    return frames
