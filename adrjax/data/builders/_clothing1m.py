"""Clothing1M."""

import os
import pathlib
from typing import Any

import tensorflow_datasets as tfds

from adrjax.data.builders._files import INSTRUCTIONS, image, inside, key_values
from adrjax.data.builders._shards import Example, Shard, shards

CLASSES = (
    "T-Shirt",
    "Shirt",
    "Knitwear",
    "Chiffon",
    "Sweater",
    "Hoodie",
    "Windbreaker",
    "Jacket",
    "Downcoat",
    "Suit",
    "Shawl",
    "Dress",
    "Vest",
    "Underwear",
)
SPLITS = {
    "noisy_train": ("noisy_train_key_list.txt", "noisy_label_kv.txt"),
    "clean_train": ("clean_train_key_list.txt", "clean_label_kv.txt"),
    "validation": ("clean_val_key_list.txt", "clean_label_kv.txt"),
    "test": ("clean_test_key_list.txt", "clean_label_kv.txt"),
}


class Clothing1m(tfds.core.ShardBasedBuilder):
    """Photos of clothes, in the order of the authors' lists."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = INSTRUCTIONS

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="Photos of clothes, labelled by shops and partly by people.",
            homepage="https://github.com/Cysu/noisy_label",
            features=tfds.features.FeaturesDict(
                {
                    "key": tfds.features.Text(),
                    "image": tfds.features.Image(
                        shape=(None, None, 3), encoding_format="jpeg"
                    ),
                    "label": tfds.features.ClassLabel(names=CLASSES),
                }
            ),
            supervised_keys=("image", "label"),
            disable_shuffling=True,
        )

    def _shard_iterators_per_split(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = dl_manager.manual_dir
        inside(folder, "images")
        return {
            split: _shards(folder, inside(folder, keys), inside(folder, labels))
            for split, (keys, labels) in SPLITS.items()
        }


def _shards(
    folder: str | os.PathLike, list_of_keys: pathlib.Path, labels: pathlib.Path
) -> list[Shard]:
    keys, label_of = list_of_keys.read_text().split(), key_values(labels, " ")
    if not keys:
        raise ValueError(f"{list_of_keys} must list at least one photo")
    for key in keys:
        label = label_of.get(key, "none")
        if label not in map(str, range(len(CLASSES))):
            raise ValueError(
                f"{labels} must have a label in 0..13 for {key}, got {label}"
            )

    def example(i: int) -> Example:
        photo = image(inside(folder, *keys[i].split("/")))
        return {"key": keys[i], "image": photo, "label": int(label_of[keys[i]])}

    return shards(len(keys), example)
