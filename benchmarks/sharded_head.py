"""Memory per device of `heads.ShardedCosine`.

    python -m benchmarks.sharded_head

Value and gradient of ArcFace with cross entropy, compiled for 1, 2, 4 and 8 devices.
"""

from collections.abc import Callable
import os
from typing import Any

os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
)

import jax
import jax.numpy as jnp
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from rich.console import Console
from rich.table import Table
import tyro

from adrjax import heads, losses, margins


def gradient(
    mesh: Mesh, num_classes: int, batch: int, dim: int
) -> tuple[Callable[..., Any], tuple[jax.ShapeDtypeStruct, ...]]:
    """Returns value and gradient of ArcFace with cross entropy, and their arguments.

    Args:
        mesh: The devices that share the classes, on the axis `"classes"`.
        num_classes: The number of classes on all of them.
        batch: The number of examples, which are on every device.
        dim: The number of features.
    """
    head = heads.ShardedCosine(num_classes, "classes")

    def mean_loss(weights, features, labels):
        outputs: Any = head.apply({"params": {"weights": weights}}, features)
        here = heads.labels_on_shard(
            labels, num_classes=num_classes, axis_name="classes"
        )
        logits = margins.arcface(outputs.logits, here)
        return losses.cross_entropy(logits, here, class_axis="classes").mean()

    step = jax.shard_map(
        jax.value_and_grad(mean_loss, argnums=(0, 1)),
        mesh=mesh,
        in_specs=(P("classes"), P(), P()),
        out_specs=(P(), (P("classes"), P())),
    )
    split = NamedSharding(mesh, P("classes"))
    return step, (
        jax.ShapeDtypeStruct((num_classes, dim), jnp.float32, sharding=split),
        jax.ShapeDtypeStruct((batch, dim), jnp.float32),
        jax.ShapeDtypeStruct((batch,), jnp.int32),
    )


def memory(
    shards: int, batch: int, dim: int, num_classes: int
) -> tuple[int, int, int, int]:
    """Returns bytes of arguments and temporaries, and counts of collectives."""
    mesh = jax.make_mesh((shards,), ("classes",), axis_types=(AxisType.Auto,))
    step, shapes = gradient(mesh, num_classes, batch, dim)
    compiled = jax.jit(step).lower(*shapes).compile()
    analysis, text = compiled.memory_analysis(), compiled.as_text()
    assert analysis is not None and text is not None
    return (
        analysis.argument_size_in_bytes,
        analysis.temp_size_in_bytes,
        text.count(" all-reduce("),
        text.count(" all-gather("),
    )


def main(*, batch: int = 128, dim: int = 512, num_classes: int = 100_000) -> None:
    """Prints a row for each number of devices.

    Args:
        batch: The number of examples, which are on every device.
        dim: The number of features.
        num_classes: The number of classes on all devices together, a multiple of 8.
    """
    table = Table(
        *("devices", "arguments, MiB", "temporary, MiB", "all-reduces", "all-gathers")
    )
    for shards in (1, 2, 4, 8):
        arguments, temporary, reduces, gathers = memory(shards, batch, dim, num_classes)
        sizes = (f"{size / 2**20:.1f}" for size in (arguments, temporary))
        table.add_row(str(shards), *sizes, str(reduces), str(gathers))
    Console().print(f"{batch} x {dim} features, {num_classes} classes, per device")
    Console().print(table)


if __name__ == "__main__":
    tyro.cli(main)
