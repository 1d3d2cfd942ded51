"""Depth maps of NTU RGB+D."""

import pathlib
import re
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from adrjax.data.builders._files import INSTRUCTIONS, image, inside
from adrjax.data.builders._shards import Example, Shard, shards

CLIP = re.compile(r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})")
NAMES = ("setup", "camera", "subject", "repetition", "action")
HIGHEST = {"setup": 17, "camera": 3, "subject": 40, "repetition": 2, "action": 60}

TRAINING_SUBJECTS = frozenset(
    (1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38)
)
TRAINING_CAMERAS = frozenset((2, 3))

CLIPS_PER_FILE = 256  # of a megabyte or more each

Clip = tuple[pathlib.Path, dict[str, int]]


class NtuRgbd(tfds.core.ShardBasedBuilder):
    """Clips by name, in four parts; the splits of both protocols are sums of parts."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        frame = tfds.features.Image(
            shape=(None, None, 1), dtype=np.uint16, encoding_format="png"
        )
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "Depth clips of 60 actions. The split `both` is for training in both "
                "protocols, `subject` only in cross-subject, `view` only in "
                "cross-view, `neither` in none."
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

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        parts: dict[str, list[Clip]] = {
            "both": [],
            "subject": [],
            "view": [],
            "neither": [],
        }
        folder = inside(dl_manager.manual_dir)
        for clip in sorted(folder.iterdir()):
            facts = _facts(clip)
            parts[_part(facts)].append((clip, facts))
        empty = [part for part, clips in parts.items() if not clips]
        if empty:
            raise ValueError(
                f"{folder} must hold clips of each of the parts {', '.join(parts)}, "
                f"has none of {empty[0]!r}; some clips are missing"
            )
        return {part: _shards(clips) for part, clips in parts.items()}


def _shards(clips: list[Clip]) -> list[Shard]:
    def example(i: int) -> Example:
        clip, facts = clips[i]
        frames = sorted(clip.glob("*.png"))
        if not frames:
            raise ValueError(f"{clip} must hold frames NAME.png")
        return {
            "id": clip.name,
            "frames": [image(frame) for frame in frames],
            "label": facts["action"] - 1,
            **{name: facts[name] for name in NAMES[:-1]},
        }

    return shards(len(clips), example, CLIPS_PER_FILE)


def _part(facts: dict[str, int]) -> str:
    if facts["subject"] in TRAINING_SUBJECTS:
        return "both" if facts["camera"] in TRAINING_CAMERAS else "subject"
    return "view" if facts["camera"] in TRAINING_CAMERAS else "neither"


def _facts(clip: pathlib.Path) -> dict[str, int]:
    match = CLIP.fullmatch(clip.name)
    if match is None or not clip.is_dir():
        raise ValueError(
            f"{clip} must be the folder of a clip, such as S001C001P001R001A001"
        )
    numbers = map(int, match.groups())
    facts: dict[str, int] = dict(zip(NAMES, numbers, strict=True))
    for name, n in facts.items():
        if not 1 <= n <= HIGHEST[name]:
            raise ValueError(
                f"the {name} of {clip} must lie in 1..{HIGHEST[name]}, got {n}"
            )
    return facts
