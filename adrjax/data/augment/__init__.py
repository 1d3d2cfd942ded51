"""Augmentations: pure functions of a key and one image, or of a key and a batch.

One image is `[height, width, channels]`, uint8 or floating, and keeps its dtype. If the
range matters, white is 255 or 1. `jax.vmap` over keys and images augments a batch. Fold
the key of each example from its index in the batch of all devices, as training does;
then the result does not depend on the number of devices. A composition is a function:

    def augment(key, image):
        crop_key, flip_key = jax.random.split(key)
        cropped = random_resized_crop(crop_key, image, size=(224, 224))
        return flip(flip_key, cropped)

`crop` and `ten_crop` have no key, for evaluation too. To scale an image without
augmentation, use `jax.image.resize(image, shape, "linear")`.
"""

from adrjax._public import export as _export
from adrjax.data.augment._color_jitter import color_jitter as color_jitter
from adrjax.data.augment._crop import crop as crop
from adrjax.data.augment._cutmix import cutmix as cutmix
from adrjax.data.augment._cutout import cutout as cutout
from adrjax.data.augment._dogv import dogv as dogv
from adrjax.data.augment._flip import flip as flip
from adrjax.data.augment._lighting import lighting as lighting
from adrjax.data.augment._mirror_features import mirror_features as mirror_features
from adrjax.data.augment._mixup import mixup as mixup
from adrjax.data.augment._normalize import normalize as normalize
from adrjax.data.augment._normalize_contrast import (
    normalize_contrast as normalize_contrast,
)
from adrjax.data.augment._normalize_each import normalize_each as normalize_each
from adrjax.data.augment._pad_crop import pad_crop as pad_crop
from adrjax.data.augment._pad_crop_flip import pad_crop_flip as pad_crop_flip
from adrjax.data.augment._rand_augment import rand_augment as rand_augment
from adrjax.data.augment._random_erasing import random_erasing as random_erasing
from adrjax.data.augment._random_resized_crop import (
    random_resized_crop as random_resized_crop,
)
from adrjax.data.augment._rotate import rotate as rotate
from adrjax.data.augment._ten_crop import one_of_ten_crops as one_of_ten_crops
from adrjax.data.augment._ten_crop import ten_crop as ten_crop
from adrjax.data.augment._translate import translate as translate

_export(__name__)
