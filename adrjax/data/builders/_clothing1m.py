"""Clothing1M."""

import tensorflow_datasets as tfds

from adrjax.data._clothing1m import FILES
from adrjax.data.builders._files import image, inside, pairs

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


class Clothing1m(tfds.core.GeneratorBasedBuilder):
    """Photos of clothes by the authors' lists."""

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
        )

    def _split_generators(self, dl_manager):
        folder = dl_manager.manual_dir
        inside(folder, "images")
        return {
            split: self._generate_examples(
                folder, inside(folder, keys), inside(folder, labels)
            )
            for split, (keys, labels) in SPLITS.items()
        }

    def _generate_examples(self, folder, keys, labels):
        label_of = pairs(labels, " ")
        for key in keys.read_text().split():
            label = label_of.get(key, "none")
            if label not in map(str, range(len(CLASSES))):
                raise ValueError(
                    f"{labels} has the label {label} for {key}, wanted 0..13"
                )
            path = inside(folder, *key.split("/"))
            yield key, {"key": key, "image": image(path), "label": int(label)}
