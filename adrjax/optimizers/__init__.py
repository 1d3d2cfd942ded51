"""Optimizers and schedules of the papers that optax does not have as they mean them."""

from adrjax.optimizers._by_name import by_name as by_name
from adrjax.optimizers._caffe_sgd import caffe_sgd as caffe_sgd
from adrjax.optimizers._drops import drops as drops
from adrjax.optimizers._inverse import inverse as inverse
from adrjax.optimizers._only_kernels import only_kernels as only_kernels
from adrjax.optimizers._piecewise_linear import piecewise_linear as piecewise_linear
from adrjax.optimizers._reduce_on_plateau import reduce_on_plateau as reduce_on_plateau
from adrjax.optimizers._reset_momentum import reset_momentum as reset_momentum
from adrjax.optimizers._sgd import sgd as sgd
from adrjax.optimizers._warm_up import warm_up as warm_up
