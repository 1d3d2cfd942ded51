"""Images and keys that the tests of augmentations share."""

import functools

import jax
import numpy as np

IMAGE = np.random.default_rng(0).integers(1, 256, (9, 12, 3)).astype(np.uint8)
# Smooth, so that neighbouring pixels have similar values.
HILLS = np.stack(
    [
        127 + 120 * np.sin(0.3 * np.arange(24)[:, None] * (c + 1) + 0.2 * np.arange(20))
        for c in range(3)
    ],
    axis=-1,
).astype(np.uint8)


def many(augment, image, n, **traced):
    """The results for n keys; `traced` options do not compile again."""
    keys = jax.random.split(jax.random.key(0), n)
    return np.asarray(_compiled(augment)(keys, image, traced))


@functools.cache
def _compiled(augment):
    def one(key, image, traced):
        return augment(key, image, **traced)

    return jax.jit(jax.vmap(one, in_axes=(0, None, None)))
