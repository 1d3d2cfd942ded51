"""Pre-activation residual networks for CIFAR."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.backbones import _layers
from adrjax.backbones._images import images


class PreActResNet(nn.Module):
    """Three stages of 16, 32 and 64 channels, activated before each convolution.

    Attributes:
        depth: The layers with weights and the classifier, 6 n + 2 for n blocks a stage.
        dropout: The rate at which features are dropped in training. GR, Tables 8 to 10,
            has 0.2; where in the network is not in the paper.
        dtype: The compute precision; parameters stay float32.
        axis_name: The device axis to take batch statistics over, in training.

    Reference:
        He et al., Identity Mappings in Deep Residual Networks, ECCV 2016, in the form
        of cifar100_resnet of github.com/xingjunm/dimensionality-driven-learning, which
        GR follows on CIFAR-100: with biases, 1 x 1 projections, and Keras' paddings,
        first values and batch norm. Its layers have no names; these are torchvision's.
    """

    depth: int
    dropout: float = 0.0
    dtype: Any = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, 32 x 32 in CIFAR.
            train: Whether to drop features, and to normalize by the batch, not by the
                running statistics.

        Returns:
            Features, `[batch, 64]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape, or there is no such depth.
        """
        x = images(x)
        blocks, rest = divmod(self.depth - 2, 6)
        if blocks < 1 or rest:
            raise ValueError(
                f"depth must be 6 n + 2, such as 20 or 44, got {self.depth}"
            )
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
                # The stem has activated the first block's input.
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
        return nn.Dropout(self.dropout, deterministic=not train)(x)


def _same(side, stride):
    # Keras' "same" padding of 3 x 3: the odd pixel of an even side goes after.
    return (0, 1) if stride == 2 and side % 2 == 0 else (1, 1)


PreActResNet44 = functools.partial(PreActResNet, depth=44)
