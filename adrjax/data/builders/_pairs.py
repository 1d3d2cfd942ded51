"""Shared parts of verification sets: images in order, and pairs of items."""

from collections.abc import Callable
import itertools
from typing import NamedTuple

import tensorflow_datasets as tfds

from adrjax.data.builders._shards import Shard, shards


class PairFiles(NamedTuple):
    """Items, which are images or videos, and pairs of them.

    Attributes:
        sizes: The number of images of each item.
        image: Returns the bytes of an image, by its index among the images of all
            items.
        first: The first item of each pair.
        second: The second item of each pair.
        same: Whether both items of each pair show one person.
    """

    sizes: list[int]
    image: Callable[[int], bytes]
    first: list[int]
    second: list[int]
    same: list[bool]


def info(
    builder: tfds.core.ShardBasedBuilder, description: str, homepage: str
) -> tfds.core.DatasetInfo:
    """Returns the DatasetInfo of a verification set."""
    return tfds.core.DatasetInfo(
        builder=builder,
        description=description,
        homepage=homepage,
        features=tfds.features.FeaturesDict(
            {"image": tfds.features.Image(shape=(None, None, 3))}
        ),
        disable_shuffling=True,
        metadata=tfds.core.MetadataDict(),
    )


def splits(
    builder: tfds.core.ShardBasedBuilder, files: PairFiles
) -> dict[str, list[Shard]]:
    """Returns the shards of the only split, and stores the pairs as its metadata."""
    metadata = builder.info.metadata
    assert isinstance(metadata, dict)
    metadata.update(sizes=files.sizes, same=files.same)
    metadata.update(first=files.first, second=files.second)
    return {"test": shards(sum(files.sizes), lambda i: {"image": files.image(i)})}


def numbered(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], list[int], list[int]]:
    """Numbers the items of pairs in the order of their first occurrence.

    Args:
        first: The name of each pair's first item.
        second: The name of each pair's second item.

    Returns:
        All names, each once, and the numbers of the first and of the second items.
    """
    alternate = itertools.chain.from_iterable(zip(first, second, strict=True))
    number = {name: i for i, name in enumerate(dict.fromkeys(alternate))}
    return [*number], [number[n] for n in first], [number[n] for n in second]
