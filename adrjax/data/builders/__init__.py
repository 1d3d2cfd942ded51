"""tfds builders of what tfds has none for; none of them needs TensorFlow.

Importing this imports tfds, which takes 0.4 s: `adrjax.data` does so only to prepare.
"""

from adrjax.data.builders._bsds500 import Bsds500 as Bsds500
from adrjax.data.builders._casia_webface import CasiaWebface as CasiaWebface
from adrjax.data.builders._clothing1m import Clothing1m as Clothing1m
from adrjax.data.builders._digits import Digits as Digits
from adrjax.data.builders._face_folders import CasiaWebfaceFolder as CasiaWebfaceFolder
from adrjax.data.builders._face_folders import Facescrub as Facescrub
from adrjax.data.builders._fer2013 import Fer2013 as Fer2013
from adrjax.data.builders._insightface_pairs import AgeDb30 as AgeDb30
from adrjax.data.builders._insightface_pairs import Calfw as Calfw
from adrjax.data.builders._insightface_pairs import CfpFf as CfpFf
from adrjax.data.builders._insightface_pairs import CfpFp as CfpFp
from adrjax.data.builders._insightface_pairs import Cplfw as Cplfw
from adrjax.data.builders._insightface_pairs import LfwAligned as LfwAligned
from adrjax.data.builders._lfw_pairs import LfwPairs as LfwPairs
from adrjax.data.builders._mars import Mars as Mars
from adrjax.data.builders._ntu_rgbd import NtuRgbd as NtuRgbd
from adrjax.data.builders._prepare import prepare as prepare
from adrjax.data.builders._tiny_imagenet import TinyImagenet as TinyImagenet
from adrjax.data.builders._voc_segmentation import VocSegmentation as VocSegmentation
from adrjax.data.builders._ytf import Ytf as Ytf
