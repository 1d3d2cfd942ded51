"""What the losses launch and move, compiled for an NVIDIA H100: needs no GPU.

    pip install 'jax[cuda13]'
    python -m benchmarks.gpu
    python -m benchmarks.gpu sums steps

jax's plugin compiles for a described device. What it would launch is exact: kernels,
the bytes that each reads and writes, sorts, collectives, temporary memory. There is no
card to tune on, so convolutions and products have their default algorithms, and no time
is known. "Moved" is all bytes that kernels read and write, for value and gradient, in
arrays of the shape of the logits or features; one kernel that reads them and writes the
gradient would move 2.

`sums` is cross entropy and what is added to it, as a user writes it; `losses`,
`regularizers`, `margins` and `embeddings` are every function beside autodiff of its
formula; `steps` is the training step of a network, and `faces` the head of as many
classes as people, whole and split over devices.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = " ".join(
    [
        os.environ.get("XLA_FLAGS", ""),
        "--xla_gpu_autotune_level=0",
        "--xla_gpu_enable_triton_gemm=false",  # whose tiles only tuning finds
    ]
)

from collections.abc import Callable, Mapping, Sequence
import functools
import math
import re
from typing import Any, Literal, NamedTuple

import jax
from jax.experimental import topologies
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jax.stages import Compiled
import numpy as np
import optax
from rich.console import Console
from rich.table import Table
import tyro

import adrjax
from adrjax import data, losses, regularizers
from benchmarks import every_loss, sharded_head, train_cases
from benchmarks.contest import Contest, Function

H100 = """
gpu_device_info {
  threads_per_block_limit: 1024  threads_per_warp: 32  shared_memory_per_block: 49152
  shared_memory_per_core: 233472  threads_per_core_limit: 2048  core_count: 132
  fpus_per_core: 128  block_dim_limit_x: 2147483647  block_dim_limit_y: 65535
  block_dim_limit_z: 65535  memory_bandwidth: 3352320000000  l2_cache_size: 52428800
  clock_rate_ghz: 1.98  device_memory_size: 84929347584
  shared_memory_per_block_optin: 232448  cuda_compute_capability { major: 9 }
  registers_per_core_limit: 65536  registers_per_block_limit: 65536
}
platform_name: "CUDA"
dnn_version_info { major: 9 minor: 8 }
runtime_version { major: 13 minor: 0 patch: 0 }
device_description_str: "NVIDIA H100 80GB HBM3"
"""
FLOAT = 4  # bytes
LAUNCH_NOTHING = frozenset(
    ["parameter", "constant", "tuple", "get-tuple-element", "bitcast", "iota"]
)
COLLECTIVES = r"(all-gather|all-reduce|all-to-all|collective-permute|reduce-scatter)"
BATCHES: Mapping[train_cases.Network, int] = {  # images a step
    "AlexNet": 128,
    "CifarResNet20": 128,
    "CifarResNet56": 128,
    "ResNet50": 64,
    "ViTBase16": 64,
}
SHAPES = (128, 10), (128, 100), (256, 1000), (1024, 10_000), (512, 100_000)
Section = Literal[
    "sums", "losses", "regularizers", "margins", "embeddings", "steps", "faces"
]


class Program(NamedTuple):
    """What a compiled program does on its device.

    Attributes:
        kernels: The number of kernels.
        moved: The bytes that they read and write.
        sorts: The number of sorts.
        collectives: The bytes that collectives return.
        temporary: The bytes besides inputs, outputs and the largest workspace.
    """

    kernels: int
    moved: int
    sorts: int
    collectives: int
    temporary: int


@functools.cache
def mesh(devices: int = 1, axis: str = "batch") -> Mesh:
    """Returns described H100s of one host."""
    topology = topologies.get_topology_desc(
        platform="cuda",
        topology_name="h100",
        topology=f"1x1x{devices}",
        target_config=H100,
    )
    return Mesh(np.array(topology.devices), (axis,))


def compiled(function: Function, *args: Any, on: Mesh | None = None) -> Compiled:
    """Returns a function compiled for arrays of these shapes on every device."""
    everywhere = NamedSharding(on or mesh(), P())

    def placed(x: Any) -> Any:
        sharding = getattr(x, "sharding", None)
        is_placed = isinstance(sharding, NamedSharding)
        return jax.ShapeDtypeStruct(
            x.shape, x.dtype, sharding=sharding if is_placed else everywhere
        )

    return jax.jit(function).lower(*jax.tree.map(placed, args)).compile()


def program(compiled: Compiled) -> Program:
    """Returns what a compiled program does."""
    text, memory = compiled.as_text(), compiled.memory_analysis()
    assert text is not None and memory is not None
    sizes, kernels, collectives = {}, [], 0
    for line in text.split("\nENTRY ")[1].splitlines():
        found = re.match(
            r"\s+(?:ROOT )?%?([\w.\-]+) = (\(.*?\)|\S+) ([\w\-]+)\((.*?)\)", line
        )
        if found is None:
            continue
        name, shape, operation, operands = found.groups()
        sizes[name] = _bytes(shape)
        if operation in LAUNCH_NOTHING or operation.endswith("-done"):
            continue
        read = sum(sizes.get(x, 0) for x in re.findall(r"%([\w.\-]+)", operands))
        kernels.append(read + sizes[name])
        if re.match(COLLECTIVES, operation):
            collectives += sizes[name]
    sorts = len(re.findall(r" sort\(", text))
    workspaces = [int(n) for n in re.findall(r"\bs8\[(\d+)\]", text)]
    temporary = memory.temp_size_in_bytes - max(workspaces, default=0)
    return Program(len(kernels), sum(kernels), sorts, collectives, temporary)


def _bytes(shape: str) -> int:
    """Returns the bytes of all arrays of a shape in the text of a program.

    Arrays of `s8` are left out: they are workspaces of cuBLAS and cuDNN.
    """
    total = 0
    for kind, sides in re.findall(r"\b(pred|[a-z]+\d+)\w*\[([\d,]*)\]", shape):
        bits = int("".join(filter(str.isdigit, kind)) or 8)
        if kind != "s8":
            total += bits // 8 * math.prod(int(n) for n in sides.split(",") if n)
    return total


def slope(function: Function, moving: int = 1) -> Function:
    """Returns value and gradient of the mean."""
    return jax.value_and_grad(
        lambda *args: jnp.mean(function(*args)), argnums=tuple(range(moving))
    )


with_regularizer = functools.partial(every_loss.summed, losses.cross_entropy)
SUMS: Mapping[str, Function] = {
    "optax, cross entropy": optax.softmax_cross_entropy_with_integer_labels,
    "cross entropy": losses.cross_entropy,
    "cross entropy + entropy": with_regularizer(regularizers.entropy),
    "cross entropy + adr, tau = 2": with_regularizer(regularizers.adr),
    "cross entropy + adr, tau = 5": with_regularizer(
        functools.partial(regularizers.adr, tau=5)
    ),
    "cross entropy + adr, tau = 16": with_regularizer(
        functools.partial(regularizers.adr, tau=16)
    ),
    "cross entropy + gsc, top_c = 5": with_regularizer(
        functools.partial(regularizers.gsc, top_c=5)
    ),
    "cross entropy + adr, threshold": with_regularizer(
        functools.partial(regularizers.adr, threshold=0.1)
    ),
    "gradient rescaling": losses.gradient_rescaling,
}


def sums() -> dict[tuple[str, tuple[int, int]], Program]:
    """Returns what every sum does, by its name and the shape of the logits."""
    found = {}
    for name, function in SUMS.items():
        for batch, classes in SHAPES:
            if name.endswith("16") and classes < 16:
                continue
            z = jax.ShapeDtypeStruct((batch, classes), jnp.float32)
            y = jax.ShapeDtypeStruct((batch,), jnp.int32)
            of_sum = program(compiled(slope(function), z, y))
            found[name, (batch, classes)] = of_sum
    return found


def show_sums(console: Console) -> None:
    """Prints moved bytes, kernels and sorts of sums, by the shape of the logits."""
    table = Table("moved (kernels, sorts)", *(f"{b} x {c}" for b, c in SHAPES))
    found = sums()
    for name in SUMS:
        texts = []
        for shape in SHAPES:
            if (name, shape) not in found:
                texts.append("")
                continue
            of_sum = found[name, shape]
            sorts = f", {of_sum.sorts}" if of_sum.sorts else ""
            moved = of_sum.moved / (FLOAT * math.prod(shape))
            texts.append(f"{moved:.1f} ({of_sum.kernels}{sorts})")
        table.add_row(name, *texts)
    console.print(table)


def show_contests(console: Console, name: str, contests: Mapping[str, Contest]) -> None:
    """Prints every function of a role beside autodiff of its formula."""
    columns = ("moved", "kernels", "sorts", "memory")
    table = Table(name, *columns, *(f"{x}, autodiff" for x in columns))
    for key, contest in contests.items():
        texts = []
        for kind in ("adrjax", "autodiff"):
            found = program(
                compiled(
                    slope(contest.of_jax[kind], len(contest.moving)),
                    *contest.moving,
                    *contest.fixed,
                )
            )
            unit = FLOAT * math.prod(contest.shape)
            texts += [f"{found.moved / unit:.2f}", f"{found.kernels}"]
            texts += [f"{found.sorts}", f"{found.temporary / unit:.2f}"]
        table.add_row(key, *texts)
    console.print(table)


def step(case: train_cases.Case, loss: Function) -> Program:
    """Returns what a training step with augmentation and SGD does."""
    bound = train_cases.step_of(case, adrjax.select(loss, "logits"))
    images: Any = jax.ShapeDtypeStruct((case.batch_size, *case.shape), jnp.uint8)
    labels: Any = jax.ShapeDtypeStruct((case.batch_size,), jnp.int32)
    mapped = jax.shard_map(
        bound.step,
        mesh=mesh(),
        in_specs=(P(), P("batch")),
        out_specs=P(),
        check_vma=False,
    )
    state = jax.eval_shape(bound.create)
    return program(compiled(mapped, state, data.Batch(images, labels)))


def show_steps(console: Console) -> None:
    """Prints kernels and bytes of a training step, and what ADR adds to it."""
    table = Table("step", "kernels", "with ADR", "MB moved", "with ADR")
    with_adr = with_regularizer(regularizers.adr)
    for network, batch_size in BATCHES.items():
        case = train_cases.Case(network, "float32", batch_size, steps=1)
        found = [step(case, loss) for loss in (losses.cross_entropy, with_adr)]
        kernels = [f"{x.kernels}" for x in found]
        table.add_row(network, *kernels, *(f"{x.moved / 1e6:,.0f}" for x in found))
    console.print(table)


def faces(classes: int, devices: int) -> Program:
    """Returns what ArcFace with cross entropy does, with classes split over devices."""
    on = mesh(devices, "classes")
    gradient, shapes = sharded_head.gradient(on, classes, batch=128, dim=512)
    return program(compiled(gradient, *shapes, on=on))


def show_faces(console: Console) -> None:
    """Prints what the head of a face network costs each device."""
    table = Table(
        *("classes", "devices", "kernels", "MB moved", "MB temporary", "KB sent")
    )
    for classes, devices in ((10_572, 1), (10_572, 4), (1_000_000, 1), (1_000_000, 8)):
        found = faces(classes, devices)
        numbers = [f"{classes:,}", f"{devices}", f"{found.kernels}"]
        numbers += [f"{x / 1e6:,.0f}" for x in (found.moved, found.temporary)]
        table.add_row(*numbers, f"{found.collectives / 1e3:,.1f}")
    console.print(table)


def main(sections: tyro.conf.Positional[Sequence[Section]] = ("sums",)) -> None:
    """Prints a table for each section.

    Args:
        sections: What to compile.
    """
    console = Console()
    console = console if console.is_terminal else Console(width=140)
    shown: Mapping[str, Callable[[], None]] = {
        "sums": lambda: show_sums(console),
        "losses": lambda: show_contests(
            console, "losses, 256 x 1000", every_loss.of_losses(256, 1000)
        ),
        "regularizers": lambda: show_contests(
            console,
            "cross entropy and regularizers, 256 x 1000",
            every_loss.of_regularizers(256, 1000),
        ),
        "margins": lambda: show_contests(
            console, "margins, 128 x 10,000", every_loss.of_margins(128, 10_000)
        ),
        "embeddings": lambda: show_contests(
            console, "embeddings, 128 x 512", every_loss.of_embeddings(128, 512)
        ),
        "steps": lambda: show_steps(console),
        "faces": lambda: show_faces(console),
    }
    for section in sections:
        shown[section]()


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.gpu", description=__doc__)
