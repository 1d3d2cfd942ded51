"""VGG for facial expressions."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.backbones import _layers
from adrjax.backbones._images import images


class FerVGG(nn.Module):
    """Four pairs of convolutions and two dense layers, faces to 4096 features.

    Attributes:
        dropout: The rate at which both dense layers drop in training.
        dtype: The compute precision; parameters stay float32.
        axis_name: The device axis to take batch statistics over, in training.

    Reference:
        Khaireddin and Chen, Facial Emotion Recognition: State of the Art Performance on
        FER2013, 2021, Section IV A. The layer names are those of models/vgg.py of
        github.com/usef-kh/fer.
    """

    dropout: float = 0.2
    dtype: Any = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 40, 40, channels]`: FER2013 cropped.
            train: Whether to drop, and to normalize by the batch, not by the running
                statistics.

        Returns:
            Features, `[batch, 4096]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x, size=40)
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
            x = _layers.max_pool(x)
        x = _layers.flatten(x)
        for name in ("lin1", "lin2"):
            x = _layers.dense(x, 4096, dtype=self.dtype, name=name)
            x = nn.relu(nn.Dropout(self.dropout, deterministic=not train)(x))
        return x
