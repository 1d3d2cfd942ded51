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
    r"""Makes each dimension the same for two views of an example, unlike the others.

    .. math:: L = \sum_i (1 - C_{ii})^2 + \lambda \sum_i \sum_{j \ne i} C_{ij}^2, \qquad
        C = \hat A^\top \hat B,

    with the columns of :math:`\hat A` and :math:`\hat B` centred and of length 1 over
    the batch. A plain formula under autodiff; a dimension that is constant over the
    batch has the correlation 0 and no gradient.

    Args:
        first: Features A of one view, `[..., dim]`; all leading axes are the batch.
        second: Features B of the other view, `[..., dim]`.
        lam: The weight of the correlations between dimensions, at least 0.
        axis_name: The device axis that the batch is split over. Each device returns the
            loss of the whole batch.

    Returns:
        The loss of the batch, `[]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes differ or lam is negative.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eq. (5); Zbontar et al., Barlow Twins:
        Self-Supervised Learning via Redundancy Reduction.
    """
    lam = _checks.between("lam", lam, 0)
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    a, batch = batch_of(first, axis_name)
    a = unit_columns(a, batch, axis_name)
    b = unit_columns(batch_of(second, axis_name)[0], batch, axis_name)
    c = psum(inner_products(a.T, b.T), axis_name)
    is_own = jnp.eye(len(c), dtype=bool)
    loss = jnp.sum(jnp.where(is_own, (1 - c) ** 2, lam * c * c))
    return pvary(loss, axis_name)
