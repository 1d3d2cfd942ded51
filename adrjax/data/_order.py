"""The rows of a split that make up the batch of each step."""

import dataclasses
import sys

import numpy as np

from adrjax import _checks


@dataclasses.dataclass(frozen=True)
class ClassBalanced:
    """Class-balanced batches (P x K sampling), for the `order` of `train_batches`.

    A batch has `classes` different classes and `images` examples of each, such as the
    people and their photos that triplets of a batch are made of. Each step draws its
    classes at random from all classes of the split, then the examples of each class.
    The examples of a class differ from each other; only a class that has fewer than
    `images` is sampled with replacement. The classes are those of the labels that are
    trained with, which may be noisy; examples with negative labels are left out.

    There are no epochs: an example may occur in several batches before another occurs
    in one. Rare classes occur as often as frequent ones.

    Attributes:
        classes: The number of classes in a batch, P.
        images: The number of examples of each of them, K. They are adjacent: the labels
            of a batch can be reshaped to `[classes, images]`.

    Reference:
        Hermans, Beyer and Leibe, In Defense of the Triplet Loss for Person
        Re-Identification, 2017, Sec. 2.
    """

    classes: int
    images: int

    def __post_init__(self) -> None:
        _checks.count("classes", self.classes, low=1)
        _checks.count("images", self.images, low=1)

    @property
    def batch_size(self) -> int:
        """The number of examples in a batch."""
        return self.classes * self.images

    def of(self, labels: np.ndarray, batch_size: int, seed: int) -> "Balanced":
        """Returns the order of a split with these labels.

        Raises:
            ValueError: If the batch has another size, the labels are not `[n]`, or they
                have fewer classes than a batch.
        """
        if batch_size != self.batch_size:
            raise ValueError(
                f"batch_size must be classes * images = {self.classes} * {self.images} "
                f"= {self.batch_size}, got {batch_size}"
            )
        if labels.ndim != 1:
            raise ValueError(
                "labels must have one class an example for class-balanced batches, got "
                f"shape {labels.shape}"
            )
        rows = np.argsort(labels, kind="stable")
        rows = rows[np.searchsorted(labels[rows], 0) :]
        starts = np.flatnonzero(np.diff(labels[rows])) + 1
        rows_of = np.split(rows, starts) if rows.size else []
        if len(rows_of) < self.classes:
            raise ValueError(
                f"classes must be at most the {len(rows_of)} classes of the split's "
                f"labels, got {self.classes}"
            )
        return Balanced(tuple(rows_of), self.classes, self.images, seed)


@dataclasses.dataclass(frozen=True, eq=False)
class Balanced:
    """Batches of some classes and some rows of each, drawn for each step.

    Attributes:
        rows: The rows of each class.
        classes: The number of classes in a batch.
        images: The number of rows of each.
        seed: The seed of the draws.
    """

    rows: tuple[np.ndarray, ...]
    classes: int
    images: int
    seed: int

    num_steps = sys.maxsize

    def __call__(self, step: int) -> np.ndarray:
        """Returns the rows of a step."""
        # The key makes the draws independent of the crops, whose seeds are the seed of
        # the order, the step and the place in the batch.
        sequence = np.random.SeedSequence([self.seed, step], spawn_key=(0,))
        rng = np.random.default_rng(sequence)
        chosen = rng.choice(len(self.rows), self.classes, replace=False)
        return np.concatenate([self._draw(rng, self.rows[c]) for c in chosen])

    def _draw(self, rng: np.random.Generator, rows: np.ndarray) -> np.ndarray:
        return rng.choice(rows, self.images, replace=len(rows) < self.images)


@dataclasses.dataclass(frozen=True)
class Repeated:
    """Repeated augmentation, for the `order` of `train_batches`.

    Each image of a batch is in it `times` times, with another random crop and another
    augmentation each time: a batch has fewer images, and several views of each. An
    epoch has as many steps as without it. So it covers a part of the images only, the
    first `n / times` of its random permutation, and each image is in one of `times`
    epochs on average. DeiT trains with three views.

    The views of an image are adjacent. If `times` does not divide the batch size, those
    of one image are in two batches, as in DeiT's code.

    Attributes:
        times: The number of views of an image, at least 1; 1 is no repetition.

    Reference:
        Hoffer et al., Augment Your Batch: Improving Generalization through Instance
        Repetition, CVPR 2020; Touvron et al., Training Data-Efficient Image
        Transformers & Distillation through Attention, ICML 2021, Sec. 6.
    """

    times: int = 3

    def __post_init__(self) -> None:
        _checks.count("times", self.times, low=1)

    def of(self, labels: np.ndarray, batch_size: int, seed: int) -> "Shuffled":
        """Returns the order of a split with these labels.

        Raises:
            ValueError: If the batch is larger than the split.
        """
        n = len(labels)
        of = " images of the split"
        batch_size = _checks.count("batch_size", batch_size, low=1, high=n, of=of)
        return Shuffled(n, batch_size, seed, self.times)


@dataclasses.dataclass(frozen=True)
class Shuffled:
    """Batches of one permutation after the other; incomplete batches are dropped.

    Attributes:
        n: The number of rows of the split, and of places in an epoch.
        batch_size: The number of rows of a batch.
        seed: The seed of the permutations.
        times: The number of adjacent places that each row of a permutation has.
    """

    n: int
    batch_size: int
    seed: int
    times: int = 1
    _permutations: dict[int, np.ndarray] = dataclasses.field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    num_steps = sys.maxsize

    def __call__(self, step: int) -> np.ndarray:
        """Returns the rows of a step."""
        epoch, place = divmod(step, self.n // self.batch_size)
        places = place * self.batch_size + np.arange(self.batch_size)
        return self._permutation(epoch)[places // self.times]

    def _permutation(self, epoch: int) -> np.ndarray:
        """Returns the permutation of an epoch; those of two epochs are kept."""
        found = self._permutations.get(epoch)
        if found is None:
            found = np.random.default_rng([self.seed, epoch]).permutation(self.n)
            self._permutations.pop(epoch - 2, None)
            self._permutations[epoch] = found
        return found


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


Order = Balanced | Shuffled | InOrder
