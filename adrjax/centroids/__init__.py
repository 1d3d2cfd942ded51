"""Class centroids that are fixed before training; unit rows, `[num_classes, dim]`."""

from adrjax._public import export as _export
from adrjax.centroids._repulsion import repulsion as repulsion
from adrjax.centroids._simplex import simplex as simplex

_export(__name__)
