"""Barlow Twins."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import psum, pvary
from adrjax._vectors import inner_products
from adrjax.embeddings._columns import batch_of, unit_columns


def barlow_twins(
    first: ArrayLike,
    second: ArrayLike,
    *,
    lam: ArrayLike = 0.005,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Barlow Twins: cross-correlation of two views, compared with the identity.

    Each dimension becomes equal for the two views of an example and uncorrelated with
    the other dimensions. It needs no labels.

    .. math:: L = \sum_i (1 - C_{ii})^2 + \lambda \sum_i \sum_{j \ne i} C_{ij}^2, \qquad
        C = \hat A^\top \hat B.

    The columns of :math:`\hat A` and :math:`\hat B` are centered and have length 1 over
    the batch. The gradient is autodiff's. A dimension that is constant over the
    batch, as in a batch of one example, has the correlation 0 and no gradient.

    Args:
        first: Features A of one view, `[..., dim]`. All leading axes are the batch.
        second: Features B of the other view, `[..., dim]`.
        lam: The weight of the correlations between dimensions, at least 0.
        axis_name: The device axis over which the batch is split. Each device returns
            the loss of the whole batch.

    Returns:
        The loss of the batch, `[]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes differ or lam is negative.

    Example:
        >>> from adrjax import embeddings
        >>> first = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
        >>> second = [[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
        >>> print(f"{embeddings.barlow_twins(first, second):.3f}")
        0.023

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eq. (5); Zbontar et al., Barlow Twins:
        Self-Supervised Learning via Redundancy Reduction.
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    lam = _checks.between("lam", lam, 0, like=first)
    a, batch = batch_of(first, axis_name)
    a = unit_columns(a, batch, axis_name)
    b = unit_columns(batch_of(second, axis_name)[0], batch, axis_name)
    c = psum(inner_products(a.T, b.T), axis_name)
    is_diagonal = jnp.eye(len(c), dtype=bool)
    loss = jnp.sum(jnp.where(is_diagonal, (1 - c) ** 2, lam * c * c))
    return pvary(loss, axis_name)
