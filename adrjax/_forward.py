"""Forward mode for functions with a rule for reverse mode only."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Tree = Any  # a pytree of arrays


def jvp(
    f: Callable[..., Tree], primals: tuple | list, tangents: tuple | list
) -> tuple[Tree, Tree]:
    r"""Jacobian-vector product, like `jax.jvp`, of functions with a `jax.custom_vjp`.

    Most losses of this library have a custom rule for reverse mode, for which `jax.jvp`
    and `jax.jacfwd` raise "can't apply forward-mode autodiff (jvp) to a custom_vjp
    function". This is the transpose of reverse mode,

    .. math:: J t = (t^\top J^\top)^\top,

    with the rule for :math:`J^\top`, so that forward and reverse mode also agree where
    the rule is, by design, not the derivative. It costs one to two times as much as
    `jax.value_and_grad`. `jax.vmap` over the rows of an identity gives a forward
    Jacobian.

    Second derivatives do not need it: `jax.hessian(f)`, `jax.jvp(jax.grad(f), ...)` and
    `jax.jacrev(jax.grad(f))` differentiate the rule itself, which is plain.

    Args:
        f: Maps the primals to a pytree of arrays.
        primals: The arguments of f, pytrees of arrays.
        tangents: A tangent of the structure, shapes and dtypes of each primal. For
            integers, such as labels, it is `np.zeros(shape, jax.dtypes.float0)`, as for
            `jax.jvp`.

    Returns:
        The value of f and its derivative along the tangents, of the same structure.

    Raises:
        TypeError: If the tangents do not fit the primals.
        ValueError: If their shapes differ.

    Example:
        >>> import adrjax
        >>> import jax.numpy as jnp
        >>> logits, tangent = jnp.array([2.0, 1.0, 0.0]), jnp.array([1.0, 0.0, 0.0])
        >>> loss = lambda logits: adrjax.losses.cross_entropy(logits, 0)
        >>> value, derivative = adrjax.jvp(loss, (logits,), (tangent,))
        >>> print(f"{value:.3f} {derivative:.3f}")
        0.408 -0.335
    """
    # The derivative of the identity, for the checks of jax.jvp.
    primals, tangents = jax.jvp(lambda *x: x, tuple(primals), tuple(tangents))
    moving, fixed = _split(primals)

    def of_moving(moving: Tree) -> tuple[Tree, Tree]:
        return _split(f(*_merge(moving, fixed)))

    out, pullback, rest = jax.vjp(of_moving, moving, has_aux=True)
    (derivative,) = jax.linear_transpose(pullback, out)((_split(tangents)[0],))
    zeros = jax.tree.map(lambda x: np.zeros(jnp.shape(x), jax.dtypes.float0), rest)
    return _merge(out, rest), _merge(derivative, zeros)


def _split(tree: Tree) -> tuple[Tree, Tree]:
    """Returns the leaves with a derivative, and those without; None in their places."""
    leaves, structure = jax.tree.flatten(tree)
    is_inexact = [jnp.issubdtype(jnp.result_type(x), jnp.inexact) for x in leaves]
    pairs = list(zip(leaves, is_inexact, strict=True))
    return (
        structure.unflatten(x if has else None for x, has in pairs),
        structure.unflatten(None if has else x for x, has in pairs),
    )


def _merge(first: Tree, second: Tree) -> Tree:
    """Returns the tree of which `_split` returned the parts."""
    return jax.tree.map(
        lambda a, b: b if a is None else a, first, second, is_leaf=lambda x: x is None
    )
