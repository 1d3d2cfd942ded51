"""Variance-invariance-covariance regularization (VICReg)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import psum, pvary
from adrjax._vectors import inner_products
from adrjax.embeddings._columns import batch_of, centered


def vicreg(
    first: ArrayLike,
    second: ArrayLike,
    *,
    lam: ArrayLike = 25.0,
    mu: ArrayLike = 25.0,
    nu: ArrayLike = 1.0,
    gamma: ArrayLike = 1.0,
    eps: ArrayLike = 1e-4,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Brings two views of an example together and keeps every dimension of use.

    .. math:: L = \lambda s(Z, Z') + \mu (v(Z) + v(Z')) + \nu (c(Z) + c(Z')), \qquad
        s = \frac1n \sum_i \|z_i - z'_i\|^2,

    .. math:: v = \frac1d \sum_j \left[\gamma - \sqrt{C_{jj} + \epsilon}\right]_+,
        \qquad c = \frac1d \sum_i \sum_{j \ne i} C_{ij}^2, \qquad
        C = \frac{1}{n - 1} \sum_i (z_i - \bar z)(z_i - \bar z)^\top.

    The authors' code divides s by d too and halves v: `lam=25 / d, mu=12.5`. A plain
    formula under autodiff, finite by :math:`\epsilon`. One example alone has the
    covariance 0.

    Args:
        first: Features Z of one view, `[..., dim]`; all leading axes are the batch.
        second: Features Z' of the other view, `[..., dim]`.
        lam: The weight of the invariance, at least 0.
        mu: The weight of the variance, at least 0.
        nu: The weight of the covariance, at least 0.
        gamma: The standard deviation that each dimension should reach, at least 0.
        eps: What is added to the variances, positive.
        axis_name: The device axis that the batch is split over. Each device returns the
            loss of the whole batch.

    Returns:
        The loss of the batch, `[]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes differ, a number is negative or eps not positive.

    Reference:
        Bardes et al., VICReg: Variance-Invariance-Covariance Regularization for
        Self-Supervised Learning, Eqs. (1) to (6).
    """
    lam, mu = _checks.between("lam", lam, 0), _checks.between("mu", mu, 0)
    nu, gamma = _checks.between("nu", nu, 0), _checks.between("gamma", gamma, 0)
    eps = _checks.positive("eps", eps)
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    (a, batch), (b, _) = batch_of(first, axis_name), batch_of(second, axis_name)

    def variance_and_covariance(x):
        x = centered(x, batch, axis_name)
        c = psum(inner_products(x.T, x.T), axis_name) / jnp.maximum(batch - 1, 1)
        missing = jax.nn.relu(gamma - jnp.sqrt(jnp.diagonal(c) + eps))
        off = jnp.where(jnp.eye(len(c), dtype=bool), 0, c)
        return mu * jnp.mean(missing) + nu * jnp.sum(off**2) / len(c)

    invariance = psum(jnp.sum((a - b) ** 2), axis_name) / batch
    loss = lam * invariance + variance_and_covariance(a) + variance_and_covariance(b)
    return pvary(loss, axis_name)
