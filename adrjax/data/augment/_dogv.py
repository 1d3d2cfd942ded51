"""Depth-oriented gradient vectors."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._options import positive
from adrjax.data.augment._pixels import images_of


def dogv(images: ArrayLike, *, eps: ArrayLike = 1e-8) -> jax.Array:
    r"""Depth-oriented gradient vectors (DOGV): unit gradients of depth in t, y and x.

    The channels of an image are three consecutive frames. The result is the gradient of
    the middle one, divided by its length, so that it has the direction of motion and of
    edges, but not their depth:

    .. math:: \frac{(d_t, d_y, d_x)}{\sqrt{d_t^2 + d_y^2 + d_x^2 + \epsilon}}

    with central differences, which are one-sided at the borders. Use it as the
    `standardize` of a data set, after flips: `dataclasses.replace(data.ntu_rgbd(),
    standardize=data.augment.dogv)`.

    Args:
        images: `[..., height, width, 3]`, uint8 or floating; uint8 is not scaled to
            0..1 first.
        eps: The squared length below which a gradient fades to 0, positive.

    Returns:
        The derivatives by time, row and column, of the same shape, in at least float32.

    Raises:
        ValueError: If the images do not have three channels and at least 2 x 2 pixels,
            or eps is not positive.
        TypeError: If they are neither uint8 nor floating.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> frame = jnp.array([[0.0, 3.0], [0.0, 3.0]])
        >>> frames = jnp.stack([frame, frame, frame + 8.0], axis=-1)
        >>> print(augment.dogv(frames)[0, 0].round(3))
        [0.8 0.  0.6]

    Reference:
        Ji, Zhao, Cheng and Ma, Exploiting Spatio-Temporal Representation for 3D Human
        Action Recognition from Depth Map Sequences, 2021; its code, whose input it is.
    """
    frames = images_of(images)
    if frames.shape[-1] != 3 or min(frames.shape[-3:-1]) < 2:
        raise ValueError(
            "images must have three frames as channels and at least 2 x 2 pixels, got "
            f"shape {frames.shape}"
        )
    eps = positive("eps", eps).astype(frames.dtype)
    before, middle, after = jnp.moveaxis(frames, -1, 0)
    dy, dx = jnp.gradient(middle, axis=(-2, -1))
    gradient = jnp.stack([(after - before) / 2, dy, dx], axis=-1)
    squares = jnp.sum(gradient**2, axis=-1, keepdims=True)
    return gradient / jnp.sqrt(squares + eps)
