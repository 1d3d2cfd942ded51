"""ConvMixer."""

from collections.abc import Callable
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_counts, check_images

exact_gelu = functools.partial(nn.gelu, approximate=False)


class ConvMixer(nn.Module):
    r"""ConvMixer: patches, depthwise and pointwise convolutions at one resolution.

    .. math::
        z_0 = \mathrm{BN}(\sigma(\mathrm{Conv}_{patch}(x))), \quad
        z'_l = \mathrm{BN}(\sigma(\mathrm{DepthwiseConv}(z_{l-1}))) + z_{l-1}, \quad
        z_l = \mathrm{BN}(\sigma(\mathrm{PointwiseConv}(z'_l))),

    with :math:`\sigma` the activation, GELU by default. The features are the mean of
    :math:`z_{depth}` over pixels.

    Attributes:
        dim: The number of channels of all layers and of features.
        depth: The number of blocks.
        kernel: The side of the depthwise convolution, in patches.
        patch: The side of a patch, in pixels.
        activation: The activation. ConvMixer-768/32 has `jax.nn.relu`, the paper's
            other networks the exact GELU.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Trockman and Kolter, Patches Are All You Need?, TMLR 2023, Eqs. (1) to (3).
        Defaults are from github.com/locuslab/convmixer-cifar10, layer names are
        timm's.
    """

    dim: int = 256
    depth: int = 8
    kernel: int = 5
    patch: int = 2
    activation: Callable[[jax.Array], jax.Array] = exact_gelu
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, dim]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape or are smaller than a patch, or
                a number is below 1.
        """
        check_counts(
            dim=self.dim, depth=self.depth, kernel=self.kernel, patch=self.patch
        )
        x = check_images(x)
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
        same = [((self.kernel - 1) // 2, self.kernel // 2)] * 2

        x = conv(x, self.dim, kernel=self.patch, stride=self.patch, name="stem_0")
        x = norm(self.activation(x), name="stem_2")
        for i in range(self.depth):
            mixed = conv(
                x,
                self.dim,
                kernel=self.kernel,
                padding=same,
                groups=self.dim,
                name=f"blocks_{i}_0_fn_0",
            )
            x += norm(self.activation(mixed), name=f"blocks_{i}_0_fn_2")
            x = conv(x, self.dim, kernel=1, name=f"blocks_{i}_1")
            x = norm(self.activation(x), name=f"blocks_{i}_3")
        return x.mean(axis=(1, 2))
