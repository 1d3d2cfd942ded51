"""An optimizer for each group of parameters."""

from collections.abc import Mapping
import fnmatch
from typing import Any

import jax
import optax

from adrjax.optimizers._parameter_paths import parameter_paths


def partition_by_path(
    optimizers: Mapping[str, optax.GradientTransformation],
) -> optax.GradientTransformation:
    """One optimizer per group of parameters, by path (torch's parameter groups).

    Each parameter gets the first optimizer whose pattern matches its path, such as
    `"backbone/conv1/kernel"` or `"head/centers"`. `*` matches anything, `/` too, as in
    `fnmatch`. It is an `optax.partition` whose labels are the patterns. Centers with a
    larger rate than the network:

        partition_by_path({"head/centers": sgd(0.5), "*": sgd(0.1, momentum=0.9)})

    `optax.set_to_zero()` freezes a group.

    Args:
        optimizers: Patterns and their optimizers, in the order of matching.

    Returns:
        The transformation of gradients.

    Raises:
        ValueError: From `init`, if a pattern gets no parameter or a parameter matches
            no pattern.

    Example:
        >>> import jax.numpy as jnp, optax
        >>> from adrjax import optimizers
        >>> params = {"backbone": jnp.ones(2), "head": jnp.ones(2)}
        >>> optimizer = optimizers.partition_by_path(
        ...     {"head": optimizers.sgd(0.5), "*": optax.set_to_zero()}
        ... )
        >>> updates, _ = optimizer.update(params, optimizer.init(params))
        >>> updates["backbone"].tolist(), updates["head"].tolist()
        ([0.0, 0.0], [-0.5, -0.5])
    """

    def pattern_of(path: str) -> str:
        for pattern in optimizers:
            if fnmatch.fnmatchcase(path, pattern):
                return pattern
        raise ValueError(
            f"the parameter {path!r} matches none of the patterns "
            f"{', '.join(map(repr, optimizers))}; add '*' as the last"
        )

    def patterns(params: Any) -> Any:
        paths = parameter_paths(params)
        tree = jax.tree.map(pattern_of, paths)
        used, there = {*jax.tree.leaves(tree)}, jax.tree.leaves(paths)
        unused = [pattern for pattern in optimizers if pattern not in used]
        if unused:
            raise ValueError(
                f"the pattern {unused[0]!r} gets no parameter: it matches none, or "
                "only some that an earlier pattern matches. The parameters are "
                f"{', '.join(there[:20])}{' ...' if there[20:] else ''}"
            )
        return tree

    return optax.partition({**optimizers}, patterns)
