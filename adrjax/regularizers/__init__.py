"""Regularizers of the logits, without labels, one value per example."""

from adrjax._public import export as _export
from adrjax.regularizers._adr import adr as adr
from adrjax.regularizers._entropy import entropy as entropy
from adrjax.regularizers._exponential_variance import (
    exponential_variance as exponential_variance,
)
from adrjax.regularizers._gsc import gsc as gsc
from adrjax.regularizers._spatial_continuity import (
    spatial_continuity as spatial_continuity,
)
from adrjax.regularizers._variance import variance as variance

_export(__name__)
