"""The dtypes of the factors of a program's products."""

import jax
from jax.extend import core

PRODUCTS = ("dot_general", "conv_general_dilated")


def factor_dtypes(f, *args):
    """Returns the dtypes of the factors of all matrix products and convolutions."""
    return set(_of_jaxpr(jax.make_jaxpr(f)(*args).jaxpr))


def _of_jaxpr(jaxpr):
    for equation in jaxpr.eqns:
        if equation.primitive.name in PRODUCTS:
            yield from (x.aval.dtype.name for x in equation.invars)
        for value in jax.tree.leaves(list(equation.params.values()), is_leaf=_is_jaxpr):
            if _is_jaxpr(value):
                yield from _of_jaxpr(getattr(value, "jaxpr", value))


def _is_jaxpr(x):
    return isinstance(x, core.Jaxpr | core.ClosedJaxpr)
