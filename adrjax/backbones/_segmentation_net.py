"""A network that segments one image without labels."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.backbones import _layers
from adrjax.backbones._images import images


class SegmentationNet(nn.Module):
    """Three convolutions at one resolution; the features of a pixel are its logits.

    Attributes:
        features: The channels throughout, q in the paper, and so the clusters.
        layers: The 3 x 3 convolutions, M in the paper.
        dtype: The compute precision; parameters stay float32.
        axis_name: The device axis to take batch statistics over, in training.

    Reference:
        Kim et al., Unsupervised Learning of Image Segmentation Based on Differentiable
        Feature Clustering, IEEE TIP 2020, Section III. The defaults and the layer names
        are those of github.com/kanezaki/pytorch-unsupervised-segmentation-tip.
    """

    features: int = 100
    layers: int = 2
    dtype: Any = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the logits of pixels.

        Args:
            x: Images in [0, 1], `[batch, height, width, channels]`.
            train: Whether to normalize by the batch, not by the running statistics.

        Returns:
            Features, `[batch, height, width, features]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x)
        conv = functools.partial(_layers.conv, dtype=self.dtype)
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        for i in range(self.layers):
            layer = "1" if i == 0 else f"2_{i - 1}"
            x = conv(x, self.features, kernel=3, padding=1, name=f"conv{layer}")
            x = norm(nn.relu(x), name=f"bn{layer}")
        return norm(conv(x, self.features, kernel=1, name="conv3"), name="bn3")
