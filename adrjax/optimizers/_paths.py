"""The names of parameters."""

from typing import Any

import jax


def paths(params: Any) -> Any:
    """Returns the tree of names such as `"backbone/conv1/kernel"`."""
    return jax.tree_util.tree_map_with_path(
        lambda path, _: jax.tree_util.keystr(path, simple=True, separator="/"), params
    )
