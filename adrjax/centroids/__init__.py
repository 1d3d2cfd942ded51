"""Fixed class centroids: unit rows, `[num_classes, dim]`, made before training."""

from adrjax._public import export as _export
from adrjax.centroids._repulsion import repulsion as repulsion
from adrjax.centroids._simplex import simplex as simplex

_export(__name__)
