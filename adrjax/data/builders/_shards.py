"""Files of many examples, written one after the other in the order they come in.

tfds shuffles what a GeneratorBasedBuilder yields, and opens files by TensorFlow to do
so where a split has more than 1000 MiB. A ShardBasedBuilder does neither.
"""

from collections.abc import Callable, Iterator
import functools
from typing import Any

SIZE = 4096  # examples a file; tfds keeps one file's in memory

Example = dict[str, Any]


def shards(
    n: int, example: Callable[[int], Example], size: int | None = None
) -> list[Callable[[], Iterator[tuple[int, Example]]]]:
    """Cuts the examples `0..n - 1` into files.

    Args:
        n: How many there are.
        example: Returns one of them.
        size: Examples a file, `SIZE` for None.

    Returns:
        What a ShardBasedBuilder wants for a split.
    """
    size = size or SIZE
    return [
        functools.partial(_generate, example, start, min(start + size, n))
        for start in range(0, n, size)
    ]


def _generate(example, start, end):
    for i in range(start, end):
        yield i, example(i)
