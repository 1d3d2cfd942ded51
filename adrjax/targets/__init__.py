"""Targets: labels to distributions over the classes."""

from adrjax._public import export as _export
from adrjax.targets._bootstrap_hard import bootstrap_hard as bootstrap_hard
from adrjax.targets._bootstrap_soft import bootstrap_soft as bootstrap_soft
from adrjax.targets._smooth_labels import smooth_labels as smooth_labels
from adrjax.targets._virtual_teacher import virtual_teacher as virtual_teacher

_export(__name__)
