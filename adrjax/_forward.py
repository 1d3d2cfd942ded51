"""Forward mode for functions that have only a rule for reverse mode."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Tree = Any  # a pytree of arrays


def jvp(
    f: Callable[..., Tree], primals: tuple | list, tangents: tuple | list
) -> tuple[Tree, Tree]:
    r"""Does what `jax.jvp` does, through the rules of this library too.

    Most losses here have a rule of their own, `jax.custom_vjp`, through which `jax.jvp`
    and `jax.jacfwd` raise. This is the transpose of reverse mode,

    .. math:: J t = (t^\top J^\top)^\top,

    with the rule for :math:`J^\top`, so that forward and reverse mode agree where the
    rule is by design no derivative. It costs one to two times what `jax.value_and_grad`
    does. `jax.vmap` of it over the rows of an identity is a forward Jacobian.

    Second derivatives need nothing of it: `jax.hessian(f)`, `jax.jvp(jax.grad(f), ...)`
    and `jax.jacrev(jax.grad(f))` differentiate the rule itself, which is plain.

    Args:
        f: Maps the primals to a pytree of arrays.
        primals: Its arguments, pytrees of arrays.
        tangents: One of the structure, shapes and dtypes of each; of integers, as
            labels are, that of `jax.jvp`: `np.zeros(shape, jax.dtypes.float0)`.

    Returns:
        The value of f and its derivative along the tangents, of like structure.

    Raises:
        TypeError: If the tangents do not fit the primals.
        ValueError: If their shapes differ.
    """
    # The identity's, for the checks of jax.jvp.
    primals, tangents = jax.jvp(lambda *x: x, tuple(primals), tuple(tangents))
    moving, fixed = _split(primals)

    def of_moving(moving):
        return _split(f(*_merge(moving, fixed)))

    out, pullback, rest = jax.vjp(of_moving, moving, has_aux=True)
    (slope,) = jax.linear_transpose(pullback, out)((_split(tangents)[0],))
    still = jax.tree.map(lambda x: np.zeros(jnp.shape(x), jax.dtypes.float0), rest)
    return _merge(out, rest), _merge(slope, still)


def _split(tree: Tree) -> tuple[Tree, Tree]:
    """Returns the leaves that have a derivative, and the others, None for the rest."""
    leaves, structure = jax.tree.flatten(tree)
    has_slope = [jnp.issubdtype(jnp.result_type(x), jnp.inexact) for x in leaves]
    pairs = list(zip(leaves, has_slope, strict=True))
    return (
        structure.unflatten(x if has else None for x, has in pairs),
        structure.unflatten(None if has else x for x, has in pairs),
    )


def _merge(first: Tree, second: Tree) -> Tree:
    """Returns the leaves of two trees that were split."""
    return jax.tree.map(
        lambda a, b: b if a is None else a, first, second, is_leaf=lambda x: x is None
    )
