"""The verification sets that insightface distributes as `.bin` files."""

from typing import Any, ClassVar

import tensorflow_datasets as tfds

from adrjax.data.builders import _files, _pairs
from adrjax.data.builders._bin import read_bin


class InsightfacePairs(tfds.core.ShardBasedBuilder, skip_registration=True):
    """Pairs of faces of 112 x 112 pixels, in ten folds one after the other."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = _files.INSTRUCTIONS
    FILE: ClassVar[str]

    def _info(self) -> tfds.core.DatasetInfo:
        return _pairs.info(
            self,
            "Pairs of faces of one person or of two.",
            "https://github.com/deepinsight/insightface",
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        path = _files.inside(dl_manager.manual_dir, self.FILE)
        images, same = read_bin(path)
        return _pairs.splits(
            self,
            _pairs.PairFiles(
                sizes=[1] * len(images),
                image=lambda i: _files.decodable(images[i], f"{path}, image {i},"),
                first=[*range(0, len(images), 2)],
                second=[*range(1, len(images), 2)],
                same=same,
            ),
        )


class LfwAligned(InsightfacePairs):
    """Labeled Faces in the Wild."""

    FILE = "lfw.bin"


class Calfw(InsightfacePairs):
    """Cross-Age LFW."""

    FILE = "calfw.bin"


class Cplfw(InsightfacePairs):
    """Cross-Pose LFW."""

    FILE = "cplfw.bin"


class AgeDb30(InsightfacePairs):
    """AgeDB, with 30 years between the images of a pair."""

    name = "agedb_30"
    FILE = "agedb_30.bin"


class CfpFf(InsightfacePairs):
    """Celebrities in Frontal-Profile, both images frontal."""

    FILE = "cfp_ff.bin"


class CfpFp(InsightfacePairs):
    """Celebrities in Frontal-Profile, one image frontal and one in profile."""

    FILE = "cfp_fp.bin"
