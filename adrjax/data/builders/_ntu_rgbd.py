"""NTU RGB+D, its depth maps."""

import re

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data._ntu_rgbd import FILES
from adrjax.data.builders._files import image, inside

CLIP = re.compile(r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})")
NAMES = ("setup", "camera", "subject", "repetition", "action")
HIGHEST = {"setup": 17, "camera": 3, "subject": 40, "repetition": 2, "action": 60}

TRAINING_SUBJECTS = frozenset(
    (1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38)
)
TRAINING_CAMERAS = frozenset((2, 3))


class NtuRgbd(tfds.core.GeneratorBasedBuilder):
    """Clips of depth maps, in the four parts that the two protocols add up to."""

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
        )

    def _split_generators(self, dl_manager):
        parts = {"both": [], "subject": [], "view": [], "neither": []}
        for clip in sorted(inside(dl_manager.manual_dir).iterdir()):
            facts = _facts(clip)
            parts[_part(facts)].append((clip, facts))
        return {part: self._generate_examples(clips) for part, clips in parts.items()}

    def _generate_examples(self, clips):
        for clip, facts in clips:
            frames = sorted(clip.glob("*.png"))
            if not frames:
                raise ValueError(f"{clip} has no frame NAME.png")
            yield (
                clip.name,
                {
                    "id": clip.name,
                    "frames": [image(frame) for frame in frames],
                    "label": facts["action"] - 1,
                    **{name: facts[name] for name in NAMES[:-1]},
                },
            )


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
