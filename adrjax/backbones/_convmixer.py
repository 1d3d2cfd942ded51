"""ConvMixer."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.backbones import _layers
from adrjax.backbones._images import images


class ConvMixer(nn.Module):
    r"""Patches mixed over space, then over channels, at one resolution throughout.

    .. math::
        z_0 = \mathrm{BN}(\sigma(\mathrm{Conv}_{patch}(x))), \quad
        z'_l = \mathrm{BN}(\sigma(\mathrm{DepthwiseConv}(z_{l-1}))) + z_{l-1}, \quad
        z_l = \mathrm{BN}(\sigma(\mathrm{PointwiseConv}(z'_l))),

    with :math:`\sigma` the exact GELU; the features are the mean of
    :math:`z_{depth}` over pixels.

    Attributes:
        dim: The channels throughout, and so the features.
        depth: The blocks.
        kernel: The side of the depthwise convolution, in patches.
        patch: The side of a patch, in pixels.
        dtype: The compute precision; parameters stay float32.
        axis_name: The device axis to take batch statistics over, in training.

    Reference:
        Trockman and Kolter, Patches Are All You Need?, TMLR 2023, Eqs. (1) to (3). The
        defaults are those of github.com/locuslab/convmixer-cifar10, the layer names
        timm's.
    """

    dim: int = 256
    depth: int = 8
    kernel: int = 5
    patch: int = 2
    dtype: Any = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`.
            train: Whether to normalize by the batch, not by the running statistics.

        Returns:
            Features, `[batch, dim]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape, or smaller than a patch.
        """
        x = images(x)
        if min(x.shape[1:3]) < self.patch:
            raise ValueError(
                f"images must be at least one patch of {self.patch} x {self.patch}, "
                f"got shape {x.shape}"
            )
        conv = functools.partial(_layers.conv, dtype=self.dtype)
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )
        gelu = functools.partial(nn.gelu, approximate=False)
        same = [((self.kernel - 1) // 2, self.kernel // 2)] * 2

        x = conv(x, self.dim, kernel=self.patch, stride=self.patch, name="stem_0")
        x = norm(gelu(x), name="stem_2")
        for i in range(self.depth):
            mixed = conv(
                x,
                self.dim,
                kernel=self.kernel,
                padding=same,
                groups=self.dim,
                name=f"blocks_{i}_0_fn_0",
            )
            x += norm(gelu(mixed), name=f"blocks_{i}_0_fn_2")
            x = conv(x, self.dim, kernel=1, name=f"blocks_{i}_1")
            x = norm(gelu(x), name=f"blocks_{i}_3")
        return x.mean(axis=(1, 2))
