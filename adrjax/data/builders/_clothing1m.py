"""Clothing1M."""

import tensorflow_datasets as tfds

from adrjax.data._clothing1m import FILES
from adrjax.data.builders._files import image, inside, pairs
from adrjax.data.builders._shards import shards

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
    """Photos of clothes by the authors' lists, in their order."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = FILES

    def _info(self):
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

    def _shard_iterators_per_split(self, dl_manager):
        folder = dl_manager.manual_dir
        inside(folder, "images")
        return {
            split: _shards(folder, inside(folder, keys), inside(folder, labels))
            for split, (keys, labels) in SPLITS.items()
        }


def _shards(folder, list_of_keys, labels):
    keys, label_of = list_of_keys.read_text().split(), pairs(labels, " ")
    if not keys:
        raise ValueError(f"{list_of_keys} has no photo")
    for key in keys:
        label = label_of.get(key, "none")
        if label not in map(str, range(len(CLASSES))):
            raise ValueError(f"{labels} has the label {label} for {key}, wanted 0..13")

    def example(i):
        photo = image(inside(folder, *keys[i].split("/")))
        return {"key": keys[i], "image": photo, "label": int(label_of[keys[i]])}

    return shards(len(keys), example)
