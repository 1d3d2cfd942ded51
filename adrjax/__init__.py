"""Discriminative losses for visual classification in JAX.

The roles, `losses`, `targets`, `regularizers`, `margins`, `embeddings`, `centroids`,
`noise`, `metrics` and `optimizers`, need jax and optax only. `heads` and `backbones`
are Flax modules, `data` and `train` run the experiments; each is imported when it is
first used.
"""

import importlib
import importlib.metadata
import typing

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
from adrjax._base import select as select
from adrjax._base import stateless as stateless
from adrjax._base import weighted as weighted
from adrjax._forward import jvp as jvp
from adrjax._public import export as _export
from adrjax._scheduled import scheduled as scheduled

if typing.TYPE_CHECKING:
    from adrjax import backbones as backbones
    from adrjax import data as data
    from adrjax import heads as heads
    from adrjax import train as train

__version__ = importlib.metadata.version("adrjax")

_ON_FIRST_USE = {"backbones", "data", "heads", "train"}

_export(__name__)


def __getattr__(name: str) -> typing.Any:
    if name in _ON_FIRST_USE:
        try:
            return importlib.import_module(f"adrjax.{name}")
        except ModuleNotFoundError as error:  # `hasattr` and `help` continue
            raise AttributeError(str(error)) from error
    raise AttributeError(f"module 'adrjax' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_FIRST_USE} - {"importlib", "typing"})
