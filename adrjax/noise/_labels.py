"""Labels before and after noise."""

import jax
from jax.core import Tracer
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax._labels import has_class


def flat_labels(labels: ArrayLike, num_classes: int) -> jax.Array:
    """Returns checked labels, `[n]`, whose dtype can hold all classes.

    Those outside of the classes, which only tracing lets through, become `num_classes`.
    """
    checked, dtype = (
        _checks.integer_labels(labels, num_classes),
        jnp.asarray(labels).dtype,
    )
    if num_classes - 1 > jnp.iinfo(dtype).max:
        raise ValueError(
            f"labels of {dtype} cannot hold {num_classes} classes; cast them with "
            ".astype(int)"
        )
    flat = checked.ravel().astype(int)
    return jnp.where(has_class(flat, num_classes), flat, num_classes)


def random_order(key: jax.Array, groups: jax.Array) -> jax.Array:
    """Returns the examples ordered by group, and at random within each, `[n]`."""
    order = jax.random.permutation(key, groups.size)
    return order[jnp.argsort(groups[order], stable=True)]


def like_labels(
    labels: ArrayLike, noisy: jax.Array, num_classes: int
) -> tuple[jax.Array | np.ndarray, jax.Array | np.ndarray]:
    """Returns noisy labels in the shape, dtype and kind of array of the labels.

    Labels outside of the classes stay. The second result is the mask of changed labels.
    """
    old = jnp.asarray(labels)
    noisy = noisy.astype(old.dtype).reshape(old.shape)
    noisy = jnp.where(has_class(old, num_classes), noisy, old)
    if isinstance(labels, jax.Array) or isinstance(noisy, Tracer):
        return noisy, noisy != old
    on_host = np.asarray(noisy).astype(np.asarray(labels).dtype)
    return on_host, on_host != np.asarray(labels)
