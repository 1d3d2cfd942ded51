"""Memory traffic of the losses compiled for a TPU: needs libtpu, but no TPU.

    pip install libtpu
    python -m benchmarks.tpu

Traffic is the bytes accessed by value and gradient, relative to optax's cross entropy.
Memory is the memory of a compiled function besides its inputs and outputs, in arrays of
the shape of the logits.
"""

import os

os.environ.update(
    JAX_PLATFORMS="cpu",
    TPU_SKIP_MDS_QUERY="1",
    TPU_ACCELERATOR_TYPE="v5litepod-4",
    TPU_WORKER_HOSTNAMES="localhost",
    TPU_WORKER_ID="0",
)

from collections.abc import Callable
import functools

import jax
from jax.experimental import topologies
import jax.numpy as jnp
from jax.sharding import Sharding, SingleDeviceSharding
from jax.stages import Compiled
import optax
from rich.console import Console
from rich.table import Table

from adrjax import losses, regularizers
from benchmarks import every_loss

SHAPES = (256, 1000), (1024, 10_000), (512, 100_000)


with_regularizer = functools.partial(every_loss.summed, losses.cross_entropy)
FUNCTIONS = {
    "optax, cross entropy": optax.softmax_cross_entropy_with_integer_labels,
    "cross entropy": losses.cross_entropy,
    "cross entropy + entropy": with_regularizer(regularizers.entropy),
    "cross entropy + adr": with_regularizer(functools.partial(regularizers.adr, tau=5)),
    "cross entropy + gsc": with_regularizer(
        functools.partial(regularizers.gsc, top_c=5)
    ),
    "focal": losses.focal,
    "mean absolute error": losses.mean_absolute_error,
    "gradient rescaling": losses.gradient_rescaling,
}


def compiled(
    function: Callable[..., jax.Array], batch: int, classes: int, sharding: Sharding
) -> Compiled:
    """Returns the value and gradient of the mean, compiled for a device."""
    z = jax.ShapeDtypeStruct((batch, classes), jnp.float32, sharding=sharding)
    y = jax.ShapeDtypeStruct((batch,), jnp.int32, sharding=sharding)
    slope = jax.value_and_grad(lambda z, y: jnp.mean(function(z, y)))
    return jax.jit(slope).lower(z, y).compile()


def main() -> None:
    topology = topologies.get_topology_desc(platform="tpu", topology_name="v5e:2x2x1")
    sharding = SingleDeviceSharding(topology.devices[0])
    for batch, classes in SHAPES:
        table = Table(
            "function", "traffic", "memory", "sorts", title=f"{batch} x {classes}"
        )
        base = None
        for name, function in FUNCTIONS.items():
            program = compiled(function, batch, classes, sharding)
            cost, memory = program.cost_analysis(), program.memory_analysis()
            text = program.as_text()
            assert cost is not None and memory is not None and text is not None
            traffic = cost["bytes accessed"]
            base = base or traffic
            table.add_row(
                name,
                f"{traffic / base:.2f}",
                f"{memory.temp_size_in_bytes / (4 * batch * classes):.2f}",
                str(text.count(" sort(")),
            )
        Console().print(table)


if __name__ == "__main__":
    main()
