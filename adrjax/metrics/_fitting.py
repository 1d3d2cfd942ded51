"""What a network makes of training labels some of which are wrong."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.metrics._accuracy import top_k


class Fitting(NamedTuple):
    """Accuracies on training images whose labels are partly wrong.

    Attributes:
        corrupted: By the labels that were trained with: how far they are fitted, `[]`.
        intact: By the true labels: what stands for a validation set, `[]`.
        clean: Where both are the same; NaN if there are none, `[]`.
        flipped: By the wrong labels, where they differ; NaN if there are none, `[]`.
    """

    corrupted: jax.Array
    intact: jax.Array
    clean: jax.Array
    flipped: jax.Array


def fitting(
    scores: ArrayLike, noisy_labels: ArrayLike, true_labels: ArrayLike
) -> Fitting:
    """Tells how far a network has fitted the wrong labels it was trained with.

    Args:
        scores: Logits, probabilities or similarities of training images,
            `[..., num_classes]`.
        noisy_labels: Those that were trained with, integer classes, `[...]`.
        true_labels: Those before `noise` changed them, integer classes, `[...]`.

    Returns:
        The accuracies.

    Raises:
        TypeError: If the scores are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Wang et al., Emphasis Regularisation by Gradient Rescaling, Tables 3 and 11.
    """
    fitted, right = top_k(scores, noisy_labels), top_k(scores, true_labels)
    is_clean = jnp.asarray(noisy_labels) == jnp.asarray(true_labels)
    return Fitting(
        corrupted=jnp.mean(fitted),
        intact=jnp.mean(right),
        clean=jnp.mean(fitted, where=is_clean),
        flipped=jnp.mean(fitted, where=~is_clean),
    )


def best_and_final(accuracies: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """Returns the two accuracies that papers on label noise print.

    The best is chosen on the images it is measured on, so it is too good: report it
    only beside papers that do.

    Args:
        accuracies: On the test images after each epoch, `[..., epochs]`.

    Returns:
        The highest and the last, `[...]` each.

    Raises:
        ValueError: If there is no epoch.

    Reference:
        Wang et al., Emphasis Regularisation by Gradient Rescaling, Table 3.
    """
    accuracies = jnp.asarray(accuracies)
    if accuracies.ndim < 1 or not accuracies.shape[-1]:
        raise ValueError(
            f"accuracies must be [..., epochs], got shape {accuracies.shape}"
        )
    return jnp.max(accuracies, axis=-1), accuracies[..., -1]
