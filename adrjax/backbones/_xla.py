"""How XLA compiles a program."""

import jax
from jax.experimental.xla_metadata import set_xla_metadata


def materialize(x: jax.Array) -> jax.Array:
    """Returns `x`, written to memory before it is read; its gradient likewise.

    XLA computes cheap operations again wherever their result is read. On a CPU this is
    slow if they are read in another order, as by a transpose.
    """
    with set_xla_metadata(inlineable="false"):
        return _barrier(x)


_barrier = jax.jit(jax.lax.optimization_barrier)  # in a call, which stays one
