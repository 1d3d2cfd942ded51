"""The six verification sets of ArcFace, as insightface distributes them."""

import functools
import os

from adrjax.data._pairs import Pairs


def lfw_aligned() -> Pairs:
    """6,000 pairs of Labeled Faces in the Wild (LFW), aligned to 112 x 112 pixels.

    Of 13,233 photos of 5,749 people, 3,000 pairs of one person and 3,000 of two.

    Returns:
        The set, to be prepared by `python -m adrjax.data lfw_aligned --manual-dir
        FOLDER`, where FOLDER holds lfw.bin.

    Reference:
        Huang et al., Labeled Faces in the Wild, 2007.
    """
    return _pairs("lfw_aligned", "lfw.bin", 6000)


def calfw() -> Pairs:
    """6,000 pairs of photos of LFW's people at other ages, 112 x 112 pixels.

    Of 12,174 photos of the same people, 3,000 pairs of one person and 3,000 of two.

    Returns:
        The set, to be prepared by `python -m adrjax.data calfw --manual-dir FOLDER`,
        where FOLDER holds calfw.bin.

    Reference:
        Zheng et al., Cross-Age LFW, 2017.
    """
    return _pairs("calfw", "calfw.bin", 6000)


def cplfw() -> Pairs:
    """6,000 pairs of photos of LFW's people in other poses, 112 x 112 pixels.

    Of 11,652 photos of the same people, 3,000 pairs of one person and 3,000 of two.

    Returns:
        The set, to be prepared by `python -m adrjax.data cplfw --manual-dir FOLDER`,
        where FOLDER holds cplfw.bin.

    Reference:
        Zheng and Deng, Cross-Pose LFW, 2018.
    """
    return _pairs("cplfw", "cplfw.bin", 6000)


def agedb_30() -> Pairs:
    """6,000 pairs of photos 30 years apart, 112 x 112 pixels.

    Of 16,488 photos of 568 people, 3,000 pairs of one person and 3,000 of two.

    Returns:
        The set, to be prepared by `python -m adrjax.data agedb_30 --manual-dir FOLDER`,
        where FOLDER holds agedb_30.bin.

    Reference:
        Moschoglou et al., AgeDB, 2017.
    """
    return _pairs("agedb_30", "agedb_30.bin", 6000)


def cfp_ff() -> Pairs:
    """7,000 pairs of frontal photos of celebrities, 112 x 112 pixels.

    Of 7,000 photos of 500 people, 3,500 pairs of one person and 3,500 of two.

    Returns:
        The set, to be prepared by `python -m adrjax.data cfp_ff --manual-dir FOLDER`,
        where FOLDER holds cfp_ff.bin.

    Reference:
        Sengupta et al., Frontal to Profile Face Verification in the Wild, 2016.
    """
    return _pairs("cfp_ff", "cfp_ff.bin", 7000)


def cfp_fp() -> Pairs:
    """7,000 pairs of a frontal photo of a celebrity and a profile, 112 x 112 pixels.

    Of 7,000 photos of 500 people, 3,500 pairs of one person and 3,500 of two.

    Returns:
        The set, to be prepared by `python -m adrjax.data cfp_fp --manual-dir FOLDER`,
        where FOLDER holds cfp_fp.bin.

    Reference:
        Sengupta et al., Frontal to Profile Face Verification in the Wild, 2016.
    """
    return _pairs("cfp_fp", "cfp_fp.bin", 7000)


def files(file: str) -> str:
    """Returns what must be there, and where to get it."""
    return (
        f"{file}, from an archive such as faces_webface_112x112 in "
        "recognition/_datasets_ of https://github.com/deepinsight/insightface"
    )


def _pairs(name, file, num_pairs):
    return Pairs(
        name=name,
        num_pairs=num_pairs,
        shape=(112, 112, 3),
        prepare=_prepare(name),
        files=files(file),
    )


@functools.cache  # so that a set equals itself
def _prepare(name: str):
    def prepare(
        data_dir: str | os.PathLike | None,
        manual_dir: str | os.PathLike | None = None,
    ) -> None:
        from adrjax.data import builders
        from adrjax.data.builders import _insightface_pairs

        builders.prepare(_insightface_pairs.BUILDERS[name], data_dir, manual_dir)

    return prepare
