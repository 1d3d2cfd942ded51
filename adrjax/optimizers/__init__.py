"""Optimizers and schedules of the papers that optax does not have with their meaning.

The optimizers are `optax.GradientTransformation`s and the schedules map a step to a
rate, so they combine with everything in optax.
"""

from adrjax._public import export as _export
from adrjax.optimizers._caffe_sgd import caffe_sgd as caffe_sgd
from adrjax.optimizers._inverse_time_decay import (
    inverse_time_decay as inverse_time_decay,
)
from adrjax.optimizers._kernel_mask import kernel_mask as kernel_mask
from adrjax.optimizers._partition_by_path import partition_by_path as partition_by_path
from adrjax.optimizers._piecewise_linear import piecewise_linear as piecewise_linear
from adrjax.optimizers._reduce_on_plateau import reduce_on_plateau as reduce_on_plateau
from adrjax.optimizers._reset_momentum import reset_momentum as reset_momentum
from adrjax.optimizers._sgd import sgd as sgd
from adrjax.optimizers._step_decay import step_decay as step_decay
from adrjax.optimizers._with_warmup import with_warmup as with_warmup

_export(__name__)
