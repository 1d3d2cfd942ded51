"""Initializers of `heads` and `backbones`, as the papers' PyTorch and Caffe code."""

import flax.linen as nn
from flax.typing import Initializer
import jax
import jax.numpy as jnp

# torch's default, kaiming_uniform with a = sqrt(5): U(-b, b), b = 1 / sqrt(fan_in).
fan_in_uniform = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")

# He et al., Delving Deep into Rectifiers, Eqs. (10) and (14), not truncated:
# N(0, 2 / fan_in) and N(0, 2 / fan_out).
fan_in_normal = nn.initializers.variance_scaling(2.0, "fan_in", "normal")
fan_out_normal = nn.initializers.variance_scaling(2.0, "fan_out", "normal")

# Caffe's "xavier": U(-b, b), b = sqrt(3 / fan_in).
xavier = nn.initializers.variance_scaling(1.0, "fan_in", "uniform")


def bias_uniform(fan_in: int) -> Initializer:
    """Returns torch's default for a bias, whose shape does not contain the fan-in."""
    bound = fan_in**-0.5

    def init(key, shape, dtype=jnp.float32):
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    return init
