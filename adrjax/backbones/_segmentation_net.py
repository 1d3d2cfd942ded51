"""A network for unsupervised segmentation of one image."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_counts, check_images


class SegmentationNet(nn.Module):
    """Segmentation network: three convolutions, a feature vector for each pixel.

    The features of a pixel are its logits, one for each cluster.

    Attributes:
        features: The number of channels and of clusters, q in the paper.
        layers: The number of 3 x 3 convolutions, M in the paper.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Kim et al., Unsupervised Learning of Image Segmentation Based on Differentiable
        Feature Clustering, IEEE TIP 2020, Section III. Defaults and layer names are
        from github.com/kanezaki/pytorch-unsupervised-segmentation-tip.
    """

    features: int = 100
    layers: int = 2
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the logits of pixels.

        Args:
            x: Images in [0, 1], `[batch, height, width, channels]`.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, height, width, features]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, or an attribute is below 1.
        """
        check_counts(features=self.features, layers=self.layers)
        x = check_images(x)
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
