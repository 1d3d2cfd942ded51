"""Labeled Faces in the Wild (LFW), from its images and its list of pairs."""

import pathlib
from typing import Any

import tensorflow_datasets as tfds

from adrjax.data.builders import _files, _pairs

Name = tuple[str, ...]  # the folder of a person and a file in it


class LfwPairs(tfds.core.ShardBasedBuilder):
    """The pairs of View 2, its ten folds one after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = _files.INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return _pairs.info(
            self,
            "Pairs of faces of one person or of two, found by a face detector.",
            "http://vis-www.cs.umass.edu/lfw",
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = _files.inside(dl_manager.manual_dir)
        photos = _files.inside(folder, "lfw")
        pairs, same = _read(_files.inside(folder, "pairs.txt"))
        names, first, second = _pairs.numbered(
            [one for one, _ in pairs], [other for _, other in pairs]
        )
        paths = [_files.inside(photos, *name) for name in names]
        return _pairs.splits(
            self,
            _pairs.PairFiles(
                sizes=[1] * len(paths),
                image=lambda i: _files.image(paths[i]),
                first=first,
                second=second,
                same=same,
            ),
        )


def _read(path: pathlib.Path) -> tuple[list[tuple[Name, Name]], list[bool]]:
    """Returns the names of the images of each pair, and whether it is of one person."""
    header, *lines = path.read_text().splitlines() or [""]
    try:
        folds, size = map(int, header.split())
    except ValueError as error:
        raise ValueError(
            f"{path} must begin with the numbers of folds and of pairs, got {header!r}"
        ) from error
    lines = [line for line in lines if line.strip()]
    if len(lines) != 2 * folds * size or not lines:
        raise ValueError(
            f"{path} must hold {folds} folds of {size} pairs of one person and {size} "
            f"pairs of two, got {len(lines)} pairs"
        )
    same = [i // size % 2 == 0 for i in range(len(lines))]
    pairs = [
        _pair(f"{path}, pair {i + 1},", line, is_same)
        for i, (line, is_same) in enumerate(zip(lines, same, strict=True))
    ]
    return pairs, same


def _pair(origin: str, line: str, is_same: bool) -> tuple[Name, Name]:
    fields = line.split("\t")
    if is_same and len(fields) == 3:
        fields = [*fields[:2], fields[0], fields[2]]
    elif is_same or len(fields) != 4 or fields[0] == fields[2]:
        expected = "a name and two numbers" if is_same else "twice a name and a number"
        people = "one person" if is_same else "two people"
        raise ValueError(
            f"{origin} must be of {people}: {expected}, with tabs between, got {line!r}"
        )
    first, i, second, j = fields
    try:
        files = f"{first}_{int(i):04d}.jpg", f"{second}_{int(j):04d}.jpg"
    except ValueError as error:
        raise ValueError(f"{origin} must number the images, got {line!r}") from error
    return (first, files[0]), (second, files[1])
