"""What every kind of label noise does to labels before and after."""

import jax
from jax.core import Tracer
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks


def flat_labels(labels: ArrayLike, num_classes: int) -> jax.Array:
    """Returns checked labels, `[n]`, whose dtype can hold all classes."""
    checked, came = _checks.integer_labels(labels, num_classes), jnp.asarray(labels)
    if num_classes - 1 > jnp.iinfo(came.dtype).max:
        raise ValueError(
            f"labels of {came.dtype} cannot hold {num_classes} classes; cast them "
            "with .astype(int)"
        )
    return checked.ravel()


def random_order(key: jax.Array, groups: jax.Array) -> jax.Array:
    """Returns the examples by group, and at random within each, `[n]`."""
    order = jax.random.permutation(key, groups.size)
    return order[jnp.argsort(groups[order], stable=True)]


def like_labels(
    labels: ArrayLike, noisy: jax.Array
) -> tuple[jax.Array | np.ndarray, jax.Array | np.ndarray]:
    """Returns noisy labels like the labels, and which differ from them."""
    noisy = noisy.astype(jnp.asarray(labels).dtype).reshape(jnp.shape(labels))
    if isinstance(labels, jax.Array) or isinstance(noisy, Tracer):
        return noisy, noisy != labels
    on_host = np.asarray(noisy).astype(np.asarray(labels).dtype)
    return on_host, on_host != labels
