"""Labels that people gave."""

from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
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
    """Takes the labels that people gave for the labels.

    CIFAR-10N has three annotations of each training image, and sets made of them. A set
    that is published is one annotation, `annotations=[that set]`, and the key decides
    nothing:

    | set | its name in the file | wrong |
    |---|---|---:|
    | CIFAR-10N, aggregate: the majority | aggre_label | 9.03 % |
    | CIFAR-10N, random: each of the three | random_label1 | 17.23 % |
    | | random_label2 | 18.12 % |
    | | random_label3 | 17.64 % |
    | CIFAR-10N, worst: a wrong one, if any is | worse_label | 40.21 % |
    | CIFAR-100N | noisy_label | 40.20 % |

    Args:
        key: A JAX random key, for what is drawn among annotations.
        labels: The true classes, integer `[...]`; numpy stays numpy outside `jax.jit`.
        annotations: What each person called each example, integer `[people, ...]`.
        num_classes: The number of classes.
        choose: Which annotation to take: that of the majority, where several have as
            many one of these at random; the worst, a wrong one at random if there is
            any; or one at random.
        clean: The true classes that the file has beside the annotations, `[...]`, which
            must be the labels: CIFAR's archive and tfds order the images differently.

    Returns:
        The noisy labels, of the shape and dtype of the labels, and a boolean array of
        that shape which is True where they differ.

    Raises:
        ValueError: If annotations are not one or more for each label, a label or
            annotation names no class, or `clean` are not the labels.
        TypeError: If labels or annotations are not integers.

    Reference:
        Wei et al., Learning with Noisy Labels Revisited: A Study Using Real-World Human
        Annotations, section 3.
    """
    _checks.one_of("choose", choose, ("majority", "worst", "random"))
    true = flat_labels(labels, num_classes)
    given = _checks.integer_labels(annotations, num_classes, "annotations")
    if given.ndim < 1 or not len(given) or given.shape[1:] != jnp.shape(labels):
        raise ValueError(
            f"labels of shape {jnp.shape(labels)} want annotations of shape "
            f"{('people', *jnp.shape(labels))}, got shape {given.shape}"
        )
    if clean is not None:
        _same_order(labels, clean)
    given = given.reshape(len(given), -1)
    if choose == "majority":
        weight = (given[:, None] == given).sum(0)
    elif choose == "worst":
        weight = given != true
    else:
        weight = jnp.ones_like(given)
    # Among the annotations of the largest weight the highest of random numbers wins.
    chance = jax.random.uniform(key, given.shape)
    chosen = jnp.argmax(jnp.where(weight == weight.max(0), chance, -1), axis=0)
    return like_labels(labels, jnp.take_along_axis(given, chosen[None], 0)[0])


def _same_order(labels, clean):
    known, expected = _checks.values(labels), _checks.values(clean)
    if known is None or expected is None:
        return
    if known.shape != expected.shape:
        raise ValueError(
            f"clean must be the labels, of shape {known.shape}, got {expected.shape}"
        )
    differ = np.flatnonzero(known.ravel() != expected.ravel())
    if differ.size:
        i = differ[0]
        raise ValueError(
            f"clean must be the labels, in their order: {differ.size} of {known.size} "
            f"differ, the first is example {i}, {known.ravel()[i]} in labels and "
            f"{expected.ravel()[i]} in clean; sort the annotations as the images are"
        )
