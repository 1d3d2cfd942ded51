"""Pre-activation residual networks for CIFAR."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_depth, check_images


class PreActResNet(nn.Module):
    """Pre-activation ResNet for CIFAR: stages of 16, 32 and 64 channels.

    Attributes:
        depth: The layers with weights, the classifier among them: 6 n + 2 for n blocks
            a stage.
        dropout: The dropout rate of the features in training.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        He et al., Identity Mappings in Deep Residual Networks, ECCV 2016, in the form
        of cifar100_resnet of github.com/xingjunm/dimensionality-driven-learning: with
        biases, 1 x 1 projections, and Keras' padding, initializers and batch norm. It
        is the ResNet-44 of D2L (Ma et al., ICML 2018), whose numbers GR quotes in
        Table 5. GR's own ResNet-44 is another: post-activation. The layer names are
        torchvision's, since the original has none.
    """

    depth: int
    dropout: float = 0.0
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, 32 x 32 in CIFAR.
            train: Whether to apply dropout, and whether batch norm uses the batch and
                not the running statistics.

        Returns:
            Features, `[batch, 64]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, or `depth` is not 6 n + 2.
        """
        x = check_images(x)
        blocks = check_depth(self.depth, fixed=2, examples="20 or 44")
        conv = functools.partial(
            _layers.conv,
            kernel_init=nn.initializers.he_normal(),
            bias_init=nn.initializers.zeros,
            dtype=self.dtype,
        )
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            momentum=0.99,
            epsilon=1e-3,
            dtype=self.dtype,
        )

        x = nn.relu(norm(conv(x, 16, kernel=3, padding=1, name="conv1"), name="bn1"))
        for stage, width in enumerate((16, 32, 64), start=1):
            for i in range(blocks):
                name = f"layer{stage}_{i}"
                # The input of the first block is already activated by the stem.
                is_first = stage == 1 and i == 0
                y = x if is_first else nn.relu(norm(x, name=f"{name}_bn1"))
                stride = 2 if stage > 1 and i == 0 else 1
                y = conv(
                    y,
                    width,
                    kernel=3,
                    stride=stride,
                    padding=[_same(side, stride) for side in y.shape[1:3]],
                    name=f"{name}_conv1",
                )
                y = nn.relu(norm(y, name=f"{name}_bn2"))
                y = conv(y, width, kernel=3, padding=1, name=f"{name}_conv2")
                if stride > 1:
                    name = f"{name}_downsample"
                    x = conv(x, width, kernel=1, stride=stride, name=name)
                x += y
        x = nn.relu(norm(x, name="bn2")).mean(axis=(1, 2))
        return _layers.dropout(x, self.dropout, train=train)


def _same(side: int, stride: int) -> tuple[int, int]:
    # Keras' "same" padding of 3 x 3: a single pixel of padding goes to the end.
    return (0, 1) if stride == 2 and side % 2 == 0 else (1, 1)


PreActResNet44 = functools.partial(PreActResNet, depth=44)
