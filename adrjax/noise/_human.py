"""Human label noise: CIFAR-N."""

from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax._labels import has_class
from adrjax.noise._labels import flat_labels, like_labels


def human(
    key: jax.Array,
    labels: ArrayLike,
    annotations: ArrayLike,
    *,
    num_classes: int,
    choose: Literal["majority", "worst", "random"] = "majority",
    clean: ArrayLike | None = None,
) -> tuple[jax.Array | np.ndarray, jax.Array | np.ndarray]:
    """Human label noise (CIFAR-N): the labels of annotators instead of the true ones.

    CIFAR-10N has three annotations of each training image, and label sets made of them.
    A published set is a single annotation, `annotations=[label_set]`; the key then has
    no effect:

    | set | name in the file | wrong |
    |---|---|---:|
    | CIFAR-10N, aggregate: the majority | aggre_label | 9.03 % |
    | CIFAR-10N, random: each of the three | random_label1 | 17.23 % |
    | | random_label2 | 18.12 % |
    | | random_label3 | 17.64 % |
    | CIFAR-10N, worst: a wrong one, if there is any | worse_label | 40.21 % |
    | CIFAR-100N | noisy_label | 40.20 % |

    Args:
        key: A JAX random key, which draws among annotations.
        labels: The true classes, integer `[...]`. A numpy array stays one outside of
            `jax.jit`.
        annotations: The label by each person for each example, integer `[people, ...]`.
        num_classes: The number of classes.
        choose: Which annotation to take. "majority": the most frequent one, a random
            one of them if several are; "worst": a random wrong one, if there is any;
            "random": a random one.
        clean: The true classes in the file of the annotations, `[...]`. They must equal
            the labels: CIFAR's archive and tfds order the images differently.

    Returns:
        The noisy labels, of the shape and dtype of the labels, and the mask of changed
        labels, bool of the same shape.

    Raises:
        ValueError: If there is not at least one annotation for each label, a label or
            annotation is not a class, or `clean` differs from the labels.
        TypeError: If labels or annotations are not integers.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from adrjax import noise
        >>> people = jnp.array([[0, 1, 1], [0, 2, 1], [2, 2, 1]])  # three a label
        >>> noisy, flipped = noise.human(
        ...     jax.random.key(0), jnp.array([0, 1, 1]), people, num_classes=3
        ... )
        >>> noisy.tolist(), flipped.tolist()
        ([0, 2, 1], [False, True, False])

    Reference:
        Wei et al., Learning with Noisy Labels Revisited: A Study Using Real-World Human
        Annotations, section 3.
    """
    _checks.one_of("choose", choose, ("majority", "worst", "random"))
    num_classes = _checks.count("num_classes", num_classes, low=1)
    true = flat_labels(labels, num_classes)
    given = _checks.integer_labels(annotations, num_classes, "annotations")
    if given.ndim < 1 or not len(given) or given.shape[1:] != np.shape(labels):
        raise ValueError(
            "annotations must be [people, *labels.shape], got shape "
            f"{given.shape} for labels of shape {np.shape(labels)}"
        )
    if clean is not None:
        _same_order(labels, clean)
    given = given.reshape(len(given), -1).astype(true.dtype)
    if choose == "majority":
        weight = jnp.sum(given[:, None] == given[None], axis=0)
    elif choose == "worst":
        weight = (given != true[None]).astype(int)
    else:
        weight = jnp.zeros_like(given)
    weight = jnp.where(has_class(given, num_classes), weight, -1)
    # The highest of random numbers wins among the annotations of the largest weight.
    chance = jax.random.uniform(key, given.shape)
    is_best = weight == jnp.max(weight, axis=0, keepdims=True)
    chosen = jnp.argmax(jnp.where(is_best, chance, -1), axis=0)
    noisy = jnp.take_along_axis(given, chosen[None], 0)[0]
    return like_labels(labels, noisy, num_classes)


def _same_order(labels: ArrayLike, clean: ArrayLike) -> None:
    known, expected = _checks.values(labels), _checks.values(clean)
    if known is None or expected is None:
        return
    if known.shape != expected.shape:
        raise ValueError(
            f"clean must have the shape of the labels, {known.shape}, got "
            f"{expected.shape}"
        )
    differ = np.flatnonzero(known.ravel() != expected.ravel())
    if differ.size:
        i = differ[0]
        raise ValueError(
            f"clean must equal the labels: {differ.size} of {known.size} differ, the "
            f"first is example {i} with {known.ravel()[i]} in labels and "
            f"{expected.ravel()[i]} in clean; sort the annotations as the images"
        )
