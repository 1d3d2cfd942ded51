"""Label noise: wrong labels by a known protocol, and the mask of the changed ones.

A label outside of the classes raises a `ValueError` when its value is known. Under
`jax.jit` it is not known, and the label stays as it is.
"""

from adrjax._public import export as _export
from adrjax.noise._asymmetric import asymmetric as asymmetric
from adrjax.noise._human import human as human
from adrjax.noise._open_set import open_set as open_set
from adrjax.noise._report import realised_transition as realised_transition
from adrjax.noise._report import report as report
from adrjax.noise._symmetric import symmetric as symmetric
from adrjax.noise._transitions import CIFAR100_SUPERCLASSES as CIFAR100_SUPERCLASSES
from adrjax.noise._transitions import cifar10_pairs as cifar10_pairs
from adrjax.noise._transitions import next_in_superclass as next_in_superclass
from adrjax.noise._transitions import swap_in_superclass as swap_in_superclass
from adrjax.noise._transitions import uniform_in_superclass as uniform_in_superclass

_export(__name__)
