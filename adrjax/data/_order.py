"""Which rows of a split make up the batch of a step."""

import dataclasses
import functools
import sys

import numpy as np


@dataclasses.dataclass(frozen=True)
class Shuffled:
    """Batches of one permutation after the other; what fills no batch is dropped.

    Attributes:
        n: Rows of the split.
        batch_size: Rows of a batch.
        seed: Decides the permutations.
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
    """Batches of the rows as they come; the last is filled up with its first row.

    Attributes:
        n: Rows of the split.
        batch_size: Rows of a batch.
    """

    n: int
    batch_size: int

    seed = 0

    @property
    def num_steps(self) -> int:
        """The number of batches."""
        return -(-self.n // self.batch_size)

    def real(self, step: int) -> int:
        """Returns how many rows of a step are real."""
        return min(self.batch_size, self.n - step * self.batch_size)

    def __call__(self, step: int) -> np.ndarray:
        """Returns the rows of a step."""
        start = step * self.batch_size
        rows = np.arange(start, start + self.batch_size)
        rows[self.real(step) :] = start
        return rows


@functools.lru_cache(maxsize=2)
def _permutation(n, seed, epoch):
    return np.random.default_rng([seed, epoch]).permutation(n)
