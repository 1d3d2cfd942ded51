"""The rows of a split that make up the batch of each step."""

import dataclasses
import functools
import sys

import numpy as np


@dataclasses.dataclass(frozen=True)
class Shuffled:
    """Batches of one permutation after the other; incomplete batches are dropped.

    Attributes:
        n: The number of rows of the split.
        batch_size: The number of rows of a batch.
        seed: The seed of the permutations.
    """

    n: int
    batch_size: int
    seed: int

    num_steps = sys.maxsize

    def __call__(self, step: int) -> np.ndarray:
        """Returns the rows of a step."""
        epoch, place = divmod(step, self.n // self.batch_size)
        start = place * self.batch_size
        order = _permutation(self.n, self.seed, epoch)
        return order[start : start + self.batch_size]


@dataclasses.dataclass(frozen=True)
class InOrder:
    """Batches of the rows in order; the last is padded with its first row.

    Attributes:
        n: The number of rows of the split.
        batch_size: The number of rows of a batch.
    """

    n: int
    batch_size: int

    seed = 0

    @property
    def num_steps(self) -> int:
        """The number of batches."""
        return -(-self.n // self.batch_size)

    def real(self, step: int) -> int:
        """Returns the number of rows of a step that are not padding."""
        return min(self.batch_size, self.n - step * self.batch_size)

    def __call__(self, step: int) -> np.ndarray:
        """Returns the rows of a step."""
        start = step * self.batch_size
        rows = np.arange(start, start + self.batch_size)
        rows[self.real(step) :] = start
        return rows


@functools.lru_cache(maxsize=2)
def _permutation(n: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(n)
