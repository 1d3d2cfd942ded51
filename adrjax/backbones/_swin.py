"""The Swin transformer."""

from collections.abc import Callable, Sequence
import functools
from typing import TypeVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike
import numpy as np

from adrjax import _checks
from adrjax.backbones import _layers, _transformer
from adrjax.backbones._inputs import check_counts, check_images

_ArrayT = TypeVar("_ArrayT", jax.Array, np.ndarray)


class Swin(nn.Module):
    """Swin transformer: attention within windows, shifted in every other block.

    The features are the mean of the last map over its pixels.

    Attributes:
        dim: The channels of the first stage. Each further stage doubles them.
        depths: The number of blocks of each stage.
        heads: The number of heads of each stage.
        window: The side of a window, in pixels of the map.
        patch: The side of a patch, in pixels of the image.
        drop_path: The rate of stochastic depth of the last block. The rate grows
            linearly from 0 at the first block. The paper has 0.2 for Swin-T and 0.5 for
            Swin-B.
        dtype: The compute precision; parameters are float32.

    Reference:
        Liu et al., Swin Transformer: Hierarchical Vision Transformer using Shifted
        Windows, ICCV 2021, section 3. Layer names and initializers are timm's.
    """

    dim: int
    depths: Sequence[int]
    heads: Sequence[int]
    window: int = 7
    patch: int = 4
    drop_path: float = 0.0
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, with sides that
                are multiples of 224, or in general of
                `patch * window * 2 ** (stages - 1)`.
            train: Whether to apply stochastic depth.

        Returns:
            Features, `[batch, dim * 2 ** (stages - 1)]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, a stage has no number of
                heads, its heads do not divide its channels, a number is below 1, or
                `drop_path` is not in [0, 1].
        """
        check_counts(
            dim=self.dim,
            depths=self.depths,
            heads=self.heads,
            window=self.window,
            patch=self.patch,
        )
        _checks.between("drop_path", self.drop_path, 0, 1)
        if len(self.depths) != len(self.heads):
            raise ValueError(
                "depths and heads must have one number a stage, got "
                f"depths={self.depths} and heads={self.heads}"
            )
        x = check_images(x)
        side = self.patch * self.window * 2 ** (len(self.depths) - 1)
        if x.shape[1] % side or x.shape[2] % side:
            raise ValueError(
                f"images must have sides that are multiples of {side}, got shape "
                f"{x.shape}"
            )
        norm = functools.partial(
            _transformer.layer_norm, epsilon=1e-5, dtype=self.dtype
        )
        rates = iter(np.linspace(0, self.drop_path, sum(self.depths)))

        x = _layers.conv(
            x,
            self.dim,
            kernel=self.patch,
            stride=self.patch,
            dtype=self.dtype,
            name="patch_embed_proj",
        )
        x = norm(x, name="patch_embed_norm")
        for stage, (depth, heads) in enumerate(
            zip(self.depths, self.heads, strict=True)
        ):
            if stage > 0:
                name = f"layers_{stage}_downsample"
                x = norm(_merge_patches(x), name=f"{name}_norm")
                width = x.shape[-1] // 2
                x = _transformer.dense(
                    x, width, bias=False, dtype=self.dtype, name=f"{name}_reduction"
                )
            for block in range(depth):
                # A map of one window is not shifted, as in the authors' code.
                is_shifted = block % 2 == 1 and min(x.shape[1:3]) > self.window
                x = self._block(
                    x,
                    heads,
                    shift=self.window // 2 if is_shifted else 0,
                    norm=norm,
                    drop_path=functools.partial(
                        _transformer.drop_path, rate=next(rates), train=train
                    ),
                    name=f"layers_{stage}_blocks_{block}",
                )
        return norm(x, name="norm").mean(axis=(1, 2))

    def _block(
        self,
        x: jax.Array,
        heads: int,
        *,
        shift: int,
        norm: Callable[..., jax.Array],
        drop_path: Callable[[jax.Array], jax.Array],
        name: str,
    ) -> jax.Array:
        window = self.window
        table = self.param(
            f"{name}_attn_relative_position_bias_table",
            nn.initializers.normal(0.02),
            ((2 * window - 1) ** 2, heads),
        )
        bias = jnp.moveaxis(table[_relative_positions(window)], -1, 0)[None]
        if shift:
            is_apart = _is_apart(x.shape[1], x.shape[2], window, shift)
            bias = jnp.where(is_apart[:, None], -jnp.inf, bias)
        y = jnp.roll(norm(x, name=f"{name}_norm1"), (-shift, -shift), axis=(1, 2))
        y = _transformer.attention(
            _to_windows(y, window),
            heads,
            bias=bias,
            dtype=self.dtype,
            name=f"{name}_attn",
        )
        y = _from_windows(y, window, x.shape)
        x += drop_path(jnp.roll(y, (shift, shift), axis=(1, 2)))
        y = norm(x, name=f"{name}_norm2")
        return x + drop_path(_transformer.mlp(y, dtype=self.dtype, name=f"{name}_mlp"))


def _to_windows(x: _ArrayT, window: int) -> _ArrayT:
    """Returns `[..., height, width, dim]` as `[..., windows, window**2, dim]`."""
    *batch, height, width, dim = x.shape
    rows, columns = height // window, width // window
    x = x.reshape(*batch, rows, window, columns, window, dim)
    return x.swapaxes(-4, -3).reshape(*batch, rows * columns, window**2, dim)


def _from_windows(x: jax.Array, window: int, shape: tuple[int, ...]) -> jax.Array:
    """Returns the map of this shape that `_to_windows` has split."""
    *batch, height, width, dim = shape
    rows, columns = height // window, width // window
    x = x.reshape(*batch, rows, columns, window, window, dim)
    return x.swapaxes(-4, -3).reshape(shape)


def _merge_patches(x: jax.Array) -> jax.Array:
    """Returns a map of half the height and width, and 4 times the channels."""
    batch, height, width, dim = x.shape
    x = x.reshape(batch, height // 2, 2, width // 2, 2, dim)
    return x.transpose(0, 1, 3, 4, 2, 5).reshape(batch, height // 2, width // 2, -1)


def _relative_positions(window: int) -> np.ndarray:
    """Returns the row of the bias table of each pair, `[window**2, window**2]`."""
    positions = np.indices((window, window)).reshape(2, -1)
    down, right = positions[:, :, None] - positions[:, None] + window - 1
    return down * (2 * window - 1) + right


def _is_apart(height: int, width: int, window: int, shift: int) -> np.ndarray:
    """Returns which pairs of a window are no neighbors in the unshifted map.

    The shift is cyclic, so windows at the border have pixels of up to four regions.

    Returns:
        bool `[windows, window**2, window**2]`.
    """

    def regions(side: int) -> np.ndarray:
        position = np.arange(side)
        return (position >= side - window).astype(int) + (position >= side - shift)

    region = regions(height)[:, None] * 3 + regions(width)
    region = _to_windows(region[..., None], window)
    return region != region.swapaxes(-1, -2)


SwinTiny = functools.partial(Swin, dim=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24))
SwinBase = functools.partial(Swin, dim=128, depths=(2, 2, 18, 2), heads=(4, 8, 16, 32))
