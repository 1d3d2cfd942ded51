"""NTU RGB+D, its depth maps."""

import re

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data._ntu_rgbd import FILES
from adrjax.data.builders._files import image, inside
from adrjax.data.builders._shards import shards

CLIP = re.compile(r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})")
NAMES = ("setup", "camera", "subject", "repetition", "action")
HIGHEST = {"setup": 17, "camera": 3, "subject": 40, "repetition": 2, "action": 60}

TRAINING_SUBJECTS = frozenset(
    (1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38)
)
TRAINING_CAMERAS = frozenset((2, 3))

CLIPS_A_FILE = 256  # of a megabyte or more


class NtuRgbd(tfds.core.ShardBasedBuilder):
    """Clips by name, in the four parts that the two protocols add up to."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
        frame = tfds.features.Image(
            shape=(None, None, 1), dtype=np.uint16, encoding_format="png"
        )
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "Depth clips of 60 actions. The split `both` trains in both protocols, "
                "`subject` in cross-subject only, `view` in cross-view only, `neither` "
                "in none."
            ),
            homepage="https://rose1.ntu.edu.sg/dataset/actionRecognition",
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(),
                    "frames": tfds.features.Sequence(frame),
                    "label": tfds.features.ClassLabel(
                        names=[f"A{action:03}" for action in range(1, 61)]
                    ),
                    **{name: np.int64 for name in NAMES[:-1]},
                }
            ),
            disable_shuffling=True,
        )

    def _shard_iterators_per_split(self, dl_manager):
        parts = {"both": [], "subject": [], "view": [], "neither": []}
        folder = inside(dl_manager.manual_dir)
        for clip in sorted(folder.iterdir()):
            facts = _facts(clip)
            parts[_part(facts)].append((clip, facts))
        empty = [part for part, clips in parts.items() if not clips]
        if empty:
            raise ValueError(
                f"{folder} has no clip for {empty[0]!r} of the parts {[*parts]}, so it "
                "is not whole"
            )
        return {part: _shards(clips) for part, clips in parts.items()}


def _shards(clips):
    def example(i):
        clip, facts = clips[i]
        frames = sorted(clip.glob("*.png"))
        if not frames:
            raise ValueError(f"{clip} has no frame NAME.png")
        return {
            "id": clip.name,
            "frames": [image(frame) for frame in frames],
            "label": facts["action"] - 1,
            **{name: facts[name] for name in NAMES[:-1]},
        }

    return shards(len(clips), example, CLIPS_A_FILE)


def _part(facts):
    if facts["subject"] in TRAINING_SUBJECTS:
        return "both" if facts["camera"] in TRAINING_CAMERAS else "subject"
    return "view" if facts["camera"] in TRAINING_CAMERAS else "neither"


def _facts(clip):
    match = CLIP.fullmatch(clip.name)
    if match is None or not clip.is_dir():
        raise ValueError(f"{clip} is no folder of a clip, such as S001C001P001R001A001")
    facts = dict(zip(NAMES, map(int, match.groups()), strict=True))
    for name, n in facts.items():
        if not 1 <= n <= HIGHEST[name]:
            raise ValueError(f"{clip} has the {name} {n}, wanted 1..{HIGHEST[name]}")
    return facts
