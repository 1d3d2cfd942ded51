"""Contrastive loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._vectors import norm


def contrastive(
    first: ArrayLike, second: ArrayLike, same: ArrayLike, *, margin: ArrayLike = 1.0
) -> jax.Array:
    r"""Pulls pairs of one class together and pushes others a margin apart.

    .. math:: L = \tfrac12 d^2 \text{ if the classes are the same}, \qquad
        L = \tfrac12 [m - d]_+^2 \text{ if not}, \qquad d = \|a - b\|.

    A plain formula; two equal features of different classes have no direction to part
    in, and the gradient 0.

    Args:
        first: Features a, `[..., dim]`.
        second: Features b, `[..., dim]`.
        same: Whether a pair is of one class, bool `[...]`.
        margin: The distance m beyond which different classes are left alone, at least
            0.

    Returns:
        The loss of each pair, `[...]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes differ, `same` is not bool or the margin negative.

    Reference:
        Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping,
        Eq. (4).
    """
    margin = _checks.between("margin", margin, 0)
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    same = _vector_checks.same_or_not(same, first)
    gap = first - second
    together = jnp.sum(gap * gap, axis=-1)
    return jnp.where(same, together, jax.nn.relu(margin - norm(gap)) ** 2) / 2
