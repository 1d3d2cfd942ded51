"""tfds builders of what tfds has none for; none of them needs TensorFlow.

Importing this imports tfds, which takes 0.4 s: `adrjax.data` does so only to prepare.
"""

from adrjax.data.builders._bsds500 import Bsds500 as Bsds500
from adrjax.data.builders._clothing1m import Clothing1m as Clothing1m
from adrjax.data.builders._digits import Digits as Digits
from adrjax.data.builders._fer2013 import Fer2013 as Fer2013
from adrjax.data.builders._mars import Mars as Mars
from adrjax.data.builders._ntu_rgbd import NtuRgbd as NtuRgbd
from adrjax.data.builders._prepare import prepare as prepare
from adrjax.data.builders._tiny_imagenet import TinyImagenet as TinyImagenet
from adrjax.data.builders._voc_segmentation import VocSegmentation as VocSegmentation
