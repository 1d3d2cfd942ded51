"""Discriminative losses for visual classification."""

from adrjax import centroids as centroids
from adrjax import embeddings as embeddings
from adrjax import losses as losses
from adrjax import margins as margins
from adrjax import metrics as metrics
from adrjax import noise as noise
from adrjax import optimizers as optimizers
from adrjax import regularizers as regularizers
from adrjax import targets as targets
from adrjax._base import Outputs as Outputs
from adrjax._base import StatefulLoss as StatefulLoss
from adrjax._base import add as add
from adrjax._base import stateless as stateless
from adrjax._forward import jvp as jvp
from adrjax._scheduled import scheduled as scheduled
