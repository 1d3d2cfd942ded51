"""Centroids of more classes than a simplex can hold."""

import jax
import jax.numpy as jnp

from adrjax import _checks
from adrjax._vectors import inner_products, unit


def repulsion(
    key: jax.Array, num_classes: int, dim: int, *, steps: int = 300
) -> jax.Array:
    r"""Places any number of classes before training, apart as if they repelled.

    .. math:: E = \frac{1}{8} \log \frac{1}{k (k - 1)}
        \sum_{i \ne j} \|P_i - P_j\|^{-8}

    is minimised over unit rows, from random ones, by gradient descent whose step grows
    while the energy falls and halves where it would not. Of :math:`k > n + 1` points no
    two need have equal angles, and what is found is a local minimum. Where an
    arrangement is the best for every such energy (a simplex, the axes and their
    opposites, the icosahedron) it is commonly the one found.

    The paper forbids :math:`k > n + 1`, yet trains 1000 classes in 768 dimensions, and
    does not say by what centroids. The exponent 8 is ours: it keeps the nearest pair
    farther apart than the 1 of electric charges, whose repulsion the first PEDCC used.

    Args:
        key: A JAX random key, which draws the first rows.
        num_classes: The number k of centroids, at least 2.
        dim: Their dimension n, at least 2.
        steps: How many steps to descend; each costs three products of `[k, n]`
            matrices.

    Returns:
        Unit rows, `[num_classes, dim]`.

    Raises:
        TypeError: If `num_classes`, `dim` or `steps` is no whole number.
        ValueError: If there are fewer than 2 classes, 2 dimensions or 0 steps.

    Reference:
        Zhu and Zhang, A Classification Supervised Auto-Encoder Based on Predefined
        Evenly-Distributed Class Centroids, which lets charges repel each other.
    """
    _checks.count("num_classes", num_classes, low=2)
    _checks.count("dim", dim, low=2)
    _checks.count("steps", steps, low=0)
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
    # Points that coincide would have no direction to part in.
    squares = jnp.maximum(2 - 2 * inner_products(points, points), 1e-6)
    terms = jnp.where(jnp.eye(k, dtype=bool), -jnp.inf, -4 * jnp.log(squares))
    return (jax.nn.logsumexp(terms) - jnp.log(k * (k - 1))) / 8
