"""The vision transformer (ViT)."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike
import numpy as np

from adrjax import _checks
from adrjax.backbones import _layers, _transformer
from adrjax.backbones._inputs import check_counts, check_images


class ViT(nn.Module):
    r"""Vision transformer (ViT): patches as tokens, features from the class token.

    .. math::
        z_0 = [x_{class}; x_p E] + E_{pos}, \quad
        z'_l = \mathrm{MSA}(\mathrm{LN}(z_{l-1})) + z_{l-1}, \quad
        z_l = \mathrm{MLP}(\mathrm{LN}(z'_l)) + z'_l.

    The features are the class token of :math:`\mathrm{LN}(z_L)`.

    Attributes:
        dim: The dimension of tokens and features.
        heads: The number of heads of each attention.
        depth: The number of blocks.
        patch: The side of a patch, in pixels.
        image: The side of an image, in pixels. It decides the number of position
            embeddings; `load_torch` resizes those of another size.
        drop_path: The rate of stochastic depth of the last block. The rate grows
            linearly from 0 at the first block. DeiT's recipe of 300 epochs has 0.1.
        dtype: The compute precision; parameters are float32.

    Reference:
        Dosovitskiy et al., An Image is Worth 16x16 Words: Transformers for Image
        Recognition at Scale, ICLR 2021, Eqs. (1) to (4), Table 1; Touvron et al.,
        Training Data-Efficient Image Transformers, Table 1, for ViT-Ti and ViT-S. Layer
        names and initializers are timm's.
    """

    dim: int
    heads: int
    depth: int = 12
    patch: int = 16
    image: int = 224
    drop_path: float = 0.0
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, image, image, channels]`.
            train: Whether to apply stochastic depth.

        Returns:
            Features, `[batch, dim]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, `image` is not a multiple of
                `patch`, `dim` not one of `heads`, a number is below 1, or
                `drop_path` is not in [0, 1].
        """
        check_counts(
            dim=self.dim,
            heads=self.heads,
            depth=self.depth,
            patch=self.patch,
            image=self.image,
        )
        _checks.between("drop_path", self.drop_path, 0, 1)
        if self.image % self.patch:
            raise ValueError(
                f"image must be a multiple of patch={self.patch}, got {self.image}"
            )
        x = check_images(x, size=self.image)
        norm = functools.partial(
            _transformer.layer_norm, epsilon=1e-6, dtype=self.dtype
        )
        drop_path = functools.partial(_transformer.drop_path, train=train)

        x = _layers.conv(
            x,
            self.dim,
            kernel=self.patch,
            stride=self.patch,
            dtype=self.dtype,
            name="patch_embed_proj",
        )
        patches = x.reshape(len(x), -1, self.dim)
        token = self.param("cls_token", nn.initializers.normal(1e-6), (1, 1, self.dim))
        positions = self.param(
            "pos_embed",
            nn.initializers.normal(0.02),
            (1, patches.shape[1] + 1, self.dim),
        )
        token = jnp.broadcast_to(token, (len(x), 1, self.dim)).astype(self.dtype)
        x = jnp.concatenate([token, patches], axis=1) + positions.astype(self.dtype)
        for i, rate in enumerate(np.linspace(0, self.drop_path, self.depth)):
            name = f"blocks_{i}"
            y = _transformer.attention(
                norm(x, name=f"{name}_norm1")[:, None],
                self.heads,
                dtype=self.dtype,
                name=f"{name}_attn",
            )
            x += drop_path(y[:, 0], rate)
            y = norm(x, name=f"{name}_norm2")
            y = _transformer.mlp(y, dtype=self.dtype, name=f"{name}_mlp")
            x += drop_path(y, rate)
        return norm(x[:, 0], name="norm")


ViTTiny16 = functools.partial(ViT, dim=192, heads=3)
ViTSmall16 = functools.partial(ViT, dim=384, heads=6)
ViTBase16 = functools.partial(ViT, dim=768, heads=12)
