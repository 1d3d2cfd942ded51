"""VGG for facial expressions."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images
from adrjax.backbones._max_pool import max_pool


class FerVGG(nn.Module):
    """VGG for FER2013: four pairs of convolutions, two dense layers, 4096 features.

    Attributes:
        dropout: The dropout rate after both dense layers in training.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Khaireddin and Chen, Facial Emotion Recognition: State of the Art Performance on
        FER2013, 2021, Section IV A. The layer names are from models/vgg.py of
        github.com/usef-kh/fer.
    """

    dropout: float = 0.2
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 40, 40, channels]`: crops of FER2013.
            train: Whether to apply dropout, and whether batch norm uses the batch and
                not the running statistics.

        Returns:
            Features, `[batch, 4096]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = check_images(x, size=40)
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        for block, width in enumerate((64, 128, 256, 512), start=1):
            for layer in (f"{block}a", f"{block}b"):
                x = _layers.conv(
                    x,
                    width,
                    kernel=3,
                    padding=1,
                    dtype=self.dtype,
                    name=f"conv{layer}",
                )
                x = nn.relu(norm(x, name=f"bn{layer}"))
            x = max_pool(x)
        x = _layers.flatten(x)
        for name in ("lin1", "lin2"):
            x = _layers.dense(x, 4096, dtype=self.dtype, name=name)
            x = nn.relu(_layers.dropout(x, self.dropout, train=train))
        return x
