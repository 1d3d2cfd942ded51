"""Predefined evenly-distributed class centroids (PEDCC)."""

import jax
import jax.numpy as jnp

from adrjax import _checks, _vector_checks


def simplex(key: jax.Array, num_classes: int, dim: int) -> jax.Array:
    r"""PEDCC: a regular simplex, all pairs of classes at the same, largest angle.

    .. math:: P = \sqrt{\frac{k}{k - 1}} H Q^\top, \qquad
        P_i \cdot P_j = -\frac{1}{k - 1} \quad (i \ne j).

    The columns of H, `[k, k - 1]`, are an orthonormal basis (Helmert's) of the vectors
    of sum 0, and Q, `[dim, k - 1]`, has random orthonormal columns. Such points exist
    for :math:`k \le n + 1`; `repulsion` spreads more.

    Args:
        key: A JAX random key for the rotation.
        num_classes: The number k of centroids, at least 2.
        dim: Their dimension n, at least `num_classes - 1`. The paper recommends 2 to 40
            times the number of classes.

    Returns:
        Unit rows of sum 0, `[num_classes, dim]`.

    Raises:
        TypeError: If `num_classes` or `dim` is not an integer.
        ValueError: If there are fewer than 2 classes, or more than `dim + 1`.

    Example:
        >>> import jax
        >>> from adrjax import centroids
        >>> points = centroids.simplex(jax.random.key(0), num_classes=3, dim=8)
        >>> print(points.shape, f"{points[0] @ points[1]:.3f}")
        (3, 8) -0.500

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, section 3.2; Hu et al., Generation and
        Frame Characteristics of Predefined Evenly-Distributed Class Centroids for
        Pattern Classification.
    """
    k = _checks.count("num_classes", num_classes, low=2)
    n = _checks.count("dim", dim, low=1)
    _vector_checks.simplex_fits(k, n)
    q, r = jnp.linalg.qr(jax.random.normal(key, (n, k - 1)))
    # The signs make every rotation equally likely.
    q = q * jnp.sign(jnp.diagonal(r))[None]
    return jnp.matmul(standing(k), q.T, precision=jax.lax.Precision.HIGHEST)


def standing(k: int) -> jax.Array:
    """Returns the simplex whose last point is on the last axis, `[k, k - 1]`."""
    j = jnp.arange(1, k, dtype=float)[None]
    i = jnp.arange(k, dtype=float)[:, None]
    helmert = jnp.where(i < j, -1, jnp.where(i == j, j, 0)) / jnp.sqrt(j * (j + 1))
    return jnp.sqrt(k / (k - 1)) * helmert
