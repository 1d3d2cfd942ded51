"""The Swin transformer."""

from collections.abc import Sequence
import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax.backbones import _layers, _transformer
from adrjax.backbones._images import images


class Swin(nn.Module):
    """Attention within windows, every other block's shifted, at four resolutions.

    The features are the mean of the last map over its pixels.

    Attributes:
        dim: The channels of the first stage, doubled in each of the next; the features
            are 8 times as many with four stages.
        depths: The blocks of each stage.
        heads: The heads of each stage's attentions.
        window: The side of a window, in pixels of the map.
        patch: The side of a patch, in pixels of the image.
        drop_path: How often the last block is skipped in training, for an example; the
            earlier the block the rarer. The paper has 0.2 for Swin-T, 0.5 for Swin-B.
        dtype: The compute precision; parameters stay float32.

    Reference:
        Liu et al., Swin Transformer: Hierarchical Vision Transformer using Shifted
        Windows, ICCV 2021, section 3. The layer names are timm's.
    """

    dim: int
    depths: Sequence[int]
    heads: Sequence[int]
    window: int = 7
    patch: int = 4
    drop_path: float = 0.0
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, whose maps divide
                into windows: 224 x 224, or multiples.
            train: Whether to skip blocks at random.

        Returns:
            Features, `[batch, dim * 2 ** (stages - 1)]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x)
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
                x = norm(_two_by_two(x), name=f"{name}_norm")
                width = x.shape[-1] // 2
                x = _transformer.dense(
                    x, width, bias=False, dtype=self.dtype, name=f"{name}_reduction"
                )
            for block in range(depth):
                # A map of one window has nothing to shift.
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

    def _block(self, x, heads, *, shift, norm, drop_path, name):
        window = self.window
        table = self.param(
            f"{name}_attn_relative_position_bias_table",
            nn.initializers.normal(0.02),
            ((2 * window - 1) ** 2, heads),
        )
        bias = jnp.moveaxis(table[_relative_positions(window)], -1, 0)[None]
        if shift:
            apart = _apart(x.shape[1], x.shape[2], window, shift)
            bias = jnp.where(apart[:, None], -jnp.inf, bias)
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


def _to_windows(x, window):
    """Returns `[..., height, width, dim]` as `[..., windows, window**2, dim]`."""
    *batch, height, width, dim = x.shape
    rows, columns = height // window, width // window
    x = x.reshape(*batch, rows, window, columns, window, dim)
    return x.swapaxes(-4, -3).reshape(*batch, rows * columns, window**2, dim)


def _from_windows(x, window, shape):
    """Undoes `_to_windows`, where the shape was this."""
    *batch, height, width, dim = shape
    rows, columns = height // window, width // window
    x = x.reshape(*batch, rows, columns, window, window, dim)
    return x.swapaxes(-4, -3).reshape(shape)


def _two_by_two(x):
    """Returns half as many rows and columns, of four times as many channels."""
    batch, height, width, dim = x.shape
    x = x.reshape(batch, height // 2, 2, width // 2, 2, dim)
    return x.transpose(0, 1, 3, 4, 2, 5).reshape(batch, height // 2, width // 2, -1)


def _relative_positions(window):
    """Returns the row of the bias table for each pair, `[window**2, window**2]`."""
    places = np.indices((window, window)).reshape(2, -1)
    down, right = places[:, :, None] - places[:, None] + window - 1
    return down * (2 * window - 1) + right


def _apart(height, width, window, shift):
    """Returns which pairs only the shift brought together, `[windows, n, n]`."""

    def parts(side):
        place = np.arange(side)
        return (place >= side - window).astype(int) + (place >= side - shift)

    part = parts(height)[:, None] * 3 + parts(width)
    part = _to_windows(part[..., None], window)
    return part != part.swapaxes(-1, -2)


SwinTiny = functools.partial(Swin, dim=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24))
SwinBase = functools.partial(Swin, dim=128, depths=(2, 2, 18, 2), heads=(4, 8, 16, 32))
