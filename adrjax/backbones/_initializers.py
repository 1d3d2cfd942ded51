"""The first values of the parameters, as the papers' PyTorch drew them."""

import flax.linen as nn
from flax.typing import Initializer
import jax
import jax.numpy as jnp

# torch's default, kaiming_uniform with a = sqrt(5): U(-b, b), b = 1 / sqrt(fan_in).
fan_in_uniform = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")

# He et al., Delving Deep into Rectifiers, Eq. (14): N(0, 2 / fan_out), not truncated.
fan_out_normal = nn.initializers.variance_scaling(2.0, "fan_out", "normal")


def bias_uniform(fan_in: int) -> Initializer:
    """Returns torch's default for a bias, whose own shape does not tell the fan-in."""
    bound = fan_in**-0.5

    def init(key, shape, dtype=jnp.float32):
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    return init
