"""Contrastive loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._vectors import norm


def contrastive(
    first: ArrayLike, second: ArrayLike, same: ArrayLike, *, margin: ArrayLike = 1.0
) -> jax.Array:
    r"""Contrastive loss: half the squared distance, or half its squared hinge.

    It brings pairs of one class together, and moves pairs of two classes apart up to a
    distance of the margin.

    .. math:: L = \tfrac12 d^2 \text{ if the classes are the same}, \qquad
        L = \tfrac12 [m - d]_+^2 \text{ if not}, \qquad d = \|a - b\|.

    The squares and the factor 1/2 are the paper's. pytorch-metric-learning has neither,
    and makes the features unit first. The gradient is autodiff's. Two equal
    features of different classes have the gradient 0: no direction is right there.

    Args:
        first: Features a, `[..., dim]`.
        second: Features b, `[..., dim]`.
        same: Whether a pair is of one class, bool `[...]`.
        margin: The distance m from which pairs of two classes have no loss, at least 0.

    Returns:
        The loss of each pair, `[...]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes differ, `same` is not bool or the margin is negative.

    Example:
        >>> from adrjax import embeddings
        >>> first, second = [[0.0, 0.0], [0.0, 0.0]], [[0.5, 0.0], [0.5, 0.0]]
        >>> print(embeddings.contrastive(first, second, [True, False], margin=1.5))
        [0.125 0.5  ]

    Reference:
        Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping,
        Eq. (4).
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    same = _vector_checks.same_or_not(same, first)
    margin = _checks.between("margin", margin, 0, like=first)
    gap = first - second
    together = jnp.sum(gap * gap, axis=-1)
    return jnp.where(same, together, jax.nn.relu(margin - norm(gap)) ** 2) / 2
