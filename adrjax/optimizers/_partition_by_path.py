"""An optimizer for each group of parameters."""

from collections.abc import Mapping
import fnmatch
from typing import Any

import jax
import optax

from adrjax.optimizers._paths import paths


def partition_by_path(
    optimizers: Mapping[str, optax.GradientTransformation],
) -> optax.GradientTransformation:
    """Gives each parameter the first optimizer whose pattern its name fits.

    Names are paths such as `"backbone/conv1/kernel"` or `"head/centers"`; `*` stands
    for anything, `/` too. Centers that learn faster than the network, say:

        partition_by_path({"head/centers": sgd(0.5), "*": sgd(0.1, momentum=0.9)})

    What shall not be learned gets `optax.set_to_zero()`.

    Args:
        optimizers: Patterns and their optimizers; of those that fit, the first counts.

    Returns:
        The transformation of gradients, an `optax.partition`.

    Raises:
        ValueError: From `init`, if a pattern gets no parameter or a parameter fits no
            pattern.
    """

    def pattern_of(name: str) -> str:
        for pattern in optimizers:
            if fnmatch.fnmatchcase(name, pattern):
                return pattern
        raise ValueError(
            f"the parameter {name!r} fits none of the patterns "
            f"{', '.join(map(repr, optimizers))}; add '*' as the last"
        )

    def patterns(params: Any) -> Any:
        tree = jax.tree.map(pattern_of, paths(params))
        unused = [x for x in optimizers if x not in jax.tree.leaves(tree)]
        if unused:
            there = jax.tree.leaves(paths(params))
            raise ValueError(
                f"the pattern {unused[0]!r} gets no parameter: none fits it, or those "
                f"that do fit one before it. The parameters are "
                f"{', '.join(there[:20])}{' ...' if there[20:] else ''}"
            )
        return tree

    return optax.partition({**optimizers}, patterns)
