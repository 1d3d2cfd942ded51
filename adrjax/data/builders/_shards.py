"""Files of many examples, written one after the other in their order.

tfds shuffles the examples of a GeneratorBasedBuilder, and opens files by TensorFlow to
do so if a split has more than 1000 MiB. A ShardBasedBuilder does neither.
"""

from collections.abc import Callable, Iterator
import functools
from typing import Any

SIZE = 4096  # examples in a file; tfds keeps one file in memory

Example = dict[str, Any]
Shard = Callable[[], Iterator[tuple[int, Example]]]


def shards(
    n: int, example: Callable[[int], Example], size: int | None = None
) -> list[Shard]:
    """Divides the examples `0..n - 1` into files.

    Args:
        n: The number of examples.
        example: Returns the example of an index.
        size: The number of examples in a file; None means `SIZE`.

    Returns:
        The iterators that a ShardBasedBuilder returns for a split.
    """
    size = size or SIZE
    return [
        functools.partial(_generate, example, start, min(start + size, n))
        for start in range(0, n, size)
    ]


def _generate(
    example: Callable[[int], Example], start: int, end: int
) -> Iterator[tuple[int, Example]]:
    for i in range(start, end):
        yield i, example(i)
