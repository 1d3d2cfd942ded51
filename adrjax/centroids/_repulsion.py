"""Centroids of more classes than a simplex can hold."""

import jax
import jax.numpy as jnp

from adrjax import _checks
from adrjax._vectors import inner_products, unit


def repulsion(
    key: jax.Array, num_classes: int, dim: int, *, steps: int = 300
) -> jax.Array:
    r"""Centroids that repel each other: any number of classes, spread on the sphere.

    .. math:: E = \frac{1}{8} \log \frac{1}{k (k - 1)}
        \sum_{i \ne j} \|P_i - P_j\|^{-8}

    is minimized over unit rows, from random ones, by gradient descent. The step grows
    while the energy falls, and is halved if the energy would rise. The result is a
    local minimum, and for :math:`k > n + 1` its angles need not be equal. If an
    arrangement is the best for every energy of this kind (a simplex, the axes and their
    opposites, the icosahedron), it is usually the result.

    The paper forbids :math:`k > n + 1`, but trains 1000 classes in 768 dimensions, and
    does not say by what centroids. The exponent 8 is not in the paper: the nearest pair
    is farther apart than with 1, the exponent of electric charges, whose repulsion the
    first PEDCC used.

    Args:
        key: A JAX random key for the first rows.
        num_classes: The number k of centroids, at least 2.
        dim: Their dimension n, at least 2.
        steps: The number of descent steps. Each costs three products of `[k, n]`
            matrices.

    Returns:
        Unit rows, `[num_classes, dim]`.

    Raises:
        TypeError: If `num_classes`, `dim` or `steps` is not an integer.
        ValueError: If there are fewer than 2 classes, 2 dimensions or 0 steps.

    Example:
        >>> import jax
        >>> from adrjax import centroids
        >>> points = centroids.repulsion(jax.random.key(0), num_classes=4, dim=2)
        >>> print(points.shape, f"{(points @ points.T).min():.2f}")
        (4, 2) -1.00

    Reference:
        Zhu and Zhang, A Classification Supervised Auto-Encoder Based on Predefined
        Evenly-Distributed Class Centroids, where charges repel each other.
    """
    num_classes = _checks.count("num_classes", num_classes, low=2)
    dim = _checks.count("dim", dim, low=2)
    steps = _checks.count("steps", steps, low=0)
    slope = jax.value_and_grad(lambda points: energy(unit(points)))

    def descend(_, state):
        points, lowest, gradient, step = state
        new = unit(points - step * gradient)
        value, new_gradient = slope(new)
        better = value < lowest
        return (
            jnp.where(better, new, points),
            jnp.where(better, value, lowest),
            jnp.where(better, new_gradient, gradient),
            step * jnp.where(better, 1.2, 0.5),
        )

    points = unit(jax.random.normal(key, (num_classes, dim)))
    # The gradient of the mean over k points is of the order of 1 / k.
    state = (points, *slope(points), jnp.asarray(0.1 * num_classes, points.dtype))
    return jax.lax.fori_loop(0, steps, descend, state)[0]


def energy(points: jax.Array) -> jax.Array:
    """Returns the energy of unit points, `[]`."""
    k = len(points)
    # Points that coincide would have no direction to move apart.
    squares = jnp.maximum(2 - 2 * inner_products(points, points), 1e-6)
    lowest = jnp.finfo(points.dtype).min
    terms = jnp.where(jnp.eye(k, dtype=bool), lowest, -4 * jnp.log(squares))
    return (jax.nn.logsumexp(terms) - jnp.log(k * (k - 1))) / 8
