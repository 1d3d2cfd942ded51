"""VICReg (variance-invariance-covariance regularization)."""

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
    r"""VICReg: variance, invariance and covariance terms of two views of a batch.

    The two views of an example move together, while each dimension keeps a standard
    deviation of gamma and the dimensions become uncorrelated. It needs no labels.

    .. math:: L = \lambda s(Z, Z') + \mu (v(Z) + v(Z')) + \nu (c(Z) + c(Z')), \qquad
        s = \frac1n \sum_i \|z_i - z'_i\|^2,

    .. math:: v = \frac1d \sum_j \left[\gamma - \sqrt{C_{jj} + \epsilon}\right]_+,
        \qquad c = \frac1d \sum_i \sum_{j \ne i} C_{ij}^2, \qquad
        C = \frac{1}{n - 1} \sum_i (z_i - \bar z)(z_i - \bar z)^\top.

    The variance is unbiased, as in torch.var; jnp.var and TensorFlow divide by n.
    The authors' code also divides s by d and halves v: `lam=25 / d, mu=12.5`. The
    gradient is autodiff's, finite because of :math:`\epsilon`. A batch of one
    example, or none, has the covariance 0.

    Args:
        first: Features Z of one view, `[..., dim]`. All leading axes are the batch.
        second: Features Z' of the other view, `[..., dim]`.
        lam: The weight of the invariance, at least 0.
        mu: The weight of the variance, at least 0.
        nu: The weight of the covariance, at least 0.
        gamma: The standard deviation below which a dimension has a loss, at least 0.
        eps: The number added to the variances, positive.
        axis_name: The device axis over which the batch is split. Each device returns
            the loss of the whole batch.

    Returns:
        The loss of the batch, `[]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes differ, a number is negative or eps is not positive.

    Example:
        >>> from adrjax import embeddings
        >>> first, second = [[1.0], [0.0], [1.0]], [[2.0], [0.0], [1.0]]
        >>> print(f"{embeddings.vicreg(first, second):.3f}")
        18.897

    Reference:
        Bardes et al., VICReg: Variance-Invariance-Covariance Regularization for
        Self-Supervised Learning, Eqs. (1) to (6).
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    lam = _checks.between("lam", lam, 0, like=first)
    mu = _checks.between("mu", mu, 0, like=first)
    nu = _checks.between("nu", nu, 0, like=first)
    gamma = _checks.between("gamma", gamma, 0, like=first)
    eps = _checks.positive("eps", eps, like=first)
    (a, batch), (b, _) = batch_of(first, axis_name), batch_of(second, axis_name)

    def variance_and_covariance(x: jax.Array) -> jax.Array:
        x = centered(x, batch, axis_name)
        c = psum(inner_products(x.T, x.T), axis_name) / jnp.maximum(batch - 1, 1)
        missing = jax.nn.relu(gamma - jnp.sqrt(jnp.diagonal(c) + eps))
        off = jnp.where(jnp.eye(len(c), dtype=bool), 0, c)
        return mu * jnp.mean(missing) + nu * jnp.sum(off**2) / len(c)

    invariance = psum(jnp.sum((a - b) ** 2), axis_name) / jnp.maximum(batch, 1)
    loss = lam * invariance + variance_and_covariance(a) + variance_and_covariance(b)
    return pvary(loss, axis_name)
