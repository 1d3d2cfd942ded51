"""Data sets of small images, their augmentation and their batches."""

from adrjax.data._augment import pad_crop_flip as pad_crop_flip
from adrjax.data._batches import Batch as Batch
from adrjax.data._batches import eval_batches as eval_batches
from adrjax.data._batches import train_batches as train_batches
from adrjax.data._batches import upload as upload
from adrjax.data._casia_webface import casia_webface as casia_webface
from adrjax.data._casia_webface import casia_webface_folder as casia_webface_folder
from adrjax.data._cifar import cifar10 as cifar10
from adrjax.data._cifar import cifar100 as cifar100
from adrjax.data._dataset import Dataset as Dataset
from adrjax.data._dataset import Split as Split
from adrjax.data._digits import digits as digits
from adrjax.data._facescrub import facescrub as facescrub
from adrjax.data._hold_out import hold_out as hold_out
from adrjax.data._insightface_pairs import agedb_30 as agedb_30
from adrjax.data._insightface_pairs import calfw as calfw
from adrjax.data._insightface_pairs import cfp_ff as cfp_ff
from adrjax.data._insightface_pairs import cfp_fp as cfp_fp
from adrjax.data._insightface_pairs import cplfw as cplfw
from adrjax.data._insightface_pairs import lfw_aligned as lfw_aligned
from adrjax.data._lfw_pairs import lfw_pairs as lfw_pairs
from adrjax.data._pairs import Pairs as Pairs
from adrjax.data._pairs import PairSplit as PairSplit
from adrjax.data._ytf import ytf as ytf
