"""Paths of parameters."""

from typing import Any

import jax


def parameter_paths(params: Any) -> Any:
    """Returns the tree of paths such as `"backbone/conv1/kernel"`.

    The last part is the name of the parameter: a variable of Flax NNX is a node whose
    only leaf is its `value`, which is not part of the path.
    """
    return jax.tree_util.tree_map_with_path(
        lambda path, _: jax.tree_util.keystr(
            path, simple=True, separator="/"
        ).removesuffix("/value"),
        params,
    )
