"""The lengths of features."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks, _vectors


def feature_norms(features: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """Tells how long features are and how much their lengths differ.

    Args:
        features: What the classifier saw, before any normalisation,
            `[..., num_features]`.

    Returns:
        The mean length and its standard deviation, `[]` each.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If there is no feature.
    """
    norms = _vectors.norm(_vector_checks.vectors("features", features))
    if not norms.size:
        raise ValueError(
            f"features must hold an example, got shape {jnp.shape(features)}"
        )
    return jnp.mean(norms), jnp.std(norms)
