"""Data sets of small images, their augmentation and their batches."""

from adrjax.data import augment as augment
from adrjax.data._batches import Batch as Batch
from adrjax.data._batches import eval_batches as eval_batches
from adrjax.data._batches import train_batches as train_batches
from adrjax.data._batches import upload as upload
from adrjax.data._cifar import cifar10 as cifar10
from adrjax.data._cifar import cifar100 as cifar100
from adrjax.data._dataset import Dataset as Dataset
from adrjax.data._dataset import Split as Split
from adrjax.data._digits import digits as digits
