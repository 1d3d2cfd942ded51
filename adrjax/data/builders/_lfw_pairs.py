"""Labeled Faces in the Wild, from its images and its list of pairs."""

import pathlib

import tensorflow_datasets as tfds

from adrjax.data._lfw_pairs import FILES
from adrjax.data.builders import _files, _pairs


class LfwPairs(tfds.core.ShardBasedBuilder):
    """The pairs of View 2, its ten folds one after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
        return _pairs.info(
            self,
            "Pairs of faces of one person or of two, found by a face detector.",
            "http://vis-www.cs.umass.edu/lfw",
        )

    def _shard_iterators_per_split(self, dl_manager):
        folder = pathlib.Path(dl_manager.manual_dir)
        _files.inside(folder, "lfw")
        one, other, same = _read(_files.inside(folder, "pairs.txt"))
        names, first, second = _pairs.numbered(one, other)
        paths = [_files.inside(folder, "lfw", *name) for name in names]
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


def _read(path):
    """Returns the person and the file of both images of each pair, and the bools."""
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
            f"{path} holds {len(lines)} pairs, wanted {folds} folds of {size} of one "
            f"person and {size} of two"
        )
    same = [i // size % 2 == 0 for i in range(len(lines))]
    pairs = [
        _pair(f"{path}, pair {i + 1},", line, is_same)
        for i, (line, is_same) in enumerate(zip(lines, same, strict=True))
    ]
    return [one for one, _ in pairs], [other for _, other in pairs], same


def _pair(origin, line, is_same):
    fields = line.split("\t")
    if is_same and len(fields) == 3:
        fields = [*fields[:2], fields[0], fields[2]]
    elif is_same or len(fields) != 4 or fields[0] == fields[2]:
        wanted = "one person: a name and" if is_same else "two people: twice a name and"
        raise ValueError(
            f"{origin} must be of {wanted} a number for each image, with tabs between, "
            f"got {line!r}"
        )
    try:
        numbers = int(fields[1]), int(fields[3])
    except ValueError as error:
        raise ValueError(f"{origin} must number the images, got {line!r}") from error
    return [
        (name, f"{name}_{number:04d}.jpg")
        for name, number in zip(fields[::2], numbers, strict=True)
    ]
