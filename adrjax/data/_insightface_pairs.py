"""The six verification sets of ArcFace, as insightface distributes them."""

from adrjax.data._pairs import Pairs


def lfw_aligned() -> Pairs:
    """Labeled Faces in the Wild (LFW), aligned: 6,000 pairs of 112 x 112 pixels.

    3,000 pairs of one person and 3,000 pairs of two, from 13,233 photos of 5,749
    people.

    Returns:
        The set, prepared by `python -m adrjax.data lfw_aligned --manual-dir FOLDER`.
        FOLDER holds lfw.bin.

    Reference:
        Huang et al., Labeled Faces in the Wild, 2007.
    """
    return _pairs("lfw_aligned", "LfwAligned", "lfw.bin", 6000)


def calfw() -> Pairs:
    """Cross-Age LFW (CALFW): 6,000 pairs of photos of LFW's people at other ages.

    3,000 pairs of one person and 3,000 pairs of two, from 12,174 photos, aligned to
    112 x 112 pixels.

    Returns:
        The set, prepared by `python -m adrjax.data calfw --manual-dir FOLDER`. FOLDER
        holds calfw.bin.

    Reference:
        Zheng et al., Cross-Age LFW, 2017.
    """
    return _pairs("calfw", "Calfw", "calfw.bin", 6000)


def cplfw() -> Pairs:
    """Cross-Pose LFW (CPLFW): 6,000 pairs of photos of LFW's people in other poses.

    3,000 pairs of one person and 3,000 pairs of two, from 11,652 photos, aligned to
    112 x 112 pixels.

    Returns:
        The set, prepared by `python -m adrjax.data cplfw --manual-dir FOLDER`. FOLDER
        holds cplfw.bin.

    Reference:
        Zheng and Deng, Cross-Pose LFW, 2018.
    """
    return _pairs("cplfw", "Cplfw", "cplfw.bin", 6000)


def agedb_30() -> Pairs:
    """AgeDB-30: 6,000 pairs of photos 30 years apart.

    3,000 pairs of one person and 3,000 pairs of two, from 16,488 photos of 568 people,
    aligned to 112 x 112 pixels.

    Returns:
        The set, prepared by `python -m adrjax.data agedb_30 --manual-dir FOLDER`.
        FOLDER holds agedb_30.bin.

    Reference:
        Moschoglou et al., AgeDB, 2017.
    """
    return _pairs("agedb_30", "AgeDb30", "agedb_30.bin", 6000)


def cfp_ff() -> Pairs:
    """Celebrities in Frontal-Profile, frontal-frontal (CFP-FF): 7,000 pairs.

    3,500 pairs of one person and 3,500 pairs of two, from 7,000 photos of 500 people,
    aligned to 112 x 112 pixels.

    Returns:
        The set, prepared by `python -m adrjax.data cfp_ff --manual-dir FOLDER`. FOLDER
        holds cfp_ff.bin.

    Reference:
        Sengupta et al., Frontal to Profile Face Verification in the Wild, 2016.
    """
    return _pairs("cfp_ff", "CfpFf", "cfp_ff.bin", 7000)


def cfp_fp() -> Pairs:
    """Celebrities in Frontal-Profile, frontal-profile (CFP-FP): 7,000 pairs.

    3,500 pairs of one person and 3,500 pairs of two, each of a frontal photo and a
    profile, from 7,000 photos of 500 people, aligned to 112 x 112 pixels.

    Returns:
        The set, prepared by `python -m adrjax.data cfp_fp --manual-dir FOLDER`. FOLDER
        holds cfp_fp.bin.

    Reference:
        Sengupta et al., Frontal to Profile Face Verification in the Wild, 2016.
    """
    return _pairs("cfp_fp", "CfpFp", "cfp_fp.bin", 7000)


def _pairs(name: str, builder: str, file: str, num_pairs: int) -> Pairs:
    return Pairs(
        name=name,
        num_pairs=num_pairs,
        shape=(112, 112, 3),
        builder=f"adrjax.data.builders._insightface_pairs:{builder}",
        files=f"{file}, from an archive such as faces_webface_112x112 in "
        "recognition/_datasets_ of https://github.com/deepinsight/insightface",
    )
