"""Images and keys that the tests of augmentations share."""

import functools

import jax
import numpy as np

IMAGE = np.random.default_rng(0).integers(1, 256, (9, 12, 3)).astype(np.uint8)
# Smooth ones, so that a neighbour in place is a neighbour in value.
HILLS = np.stack(
    [
        127 + 120 * np.sin(0.3 * np.arange(24)[:, None] * (c + 1) + 0.2 * np.arange(20))
        for c in range(3)
    ],
    axis=-1,
).astype(np.uint8)


def many(augment, image, n, **traced):
    """The outcomes of n keys; what is traced compiles only once."""
    keys = jax.random.split(jax.random.key(0), n)
    return np.asarray(_compiled(augment)(keys, image, traced))


@functools.cache
def _compiled(augment):
    def one(key, image, traced):
        return augment(key, image, **traced)

    return jax.jit(jax.vmap(one, in_axes=(0, None, None)))
