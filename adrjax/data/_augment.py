"""The augmentation of CIFAR: pad, crop, flip."""

import jax
import jax.numpy as jnp


def pad_crop_flip(key: jax.Array, image: jax.Array, *, padding: int = 4) -> jax.Array:
    """Pads an image with zeros, crops it to its size and mirrors every other one.

    All `(2 * padding + 1) ** 2` crops are as likely, with and without the mirror. For
    a batch, `jax.vmap` it over keys and images.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype.
        padding: Width of the black border on each side, in pixels.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes.

    Reference:
        Lee et al., Deeply-Supervised Nets, AISTATS 2015, Sec. 3.2.
    """
    if image.ndim != 3:
        raise ValueError(
            f"image must be [height, width, channels], got shape {image.shape}; "
            "jax.vmap over keys and images augments a batch"
        )
    crop_key, flip_key = jax.random.split(key)
    corner = jax.random.randint(crop_key, (2,), 0, 2 * padding + 1)
    padded = jnp.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    crop = jax.lax.dynamic_slice(padded, (*corner, 0), image.shape)
    return jnp.where(jax.random.bernoulli(flip_key), crop[:, ::-1], crop)
