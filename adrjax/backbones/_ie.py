"""The networks of the inclusive and exclusive loss."""

from collections.abc import Sequence
import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._images import images


class IENet(nn.Module):
    """Three stages of convolutions with PReLU, and a linear layer.

    Not in the paper: the order of convolution, batch norm and PReLU, the absence of
    biases before batch norm, the first values (He et al.'s, whose PReLU it is), and
    that pools keep their last, incomplete window, as Caffe's do.

    Attributes:
        size: The height and width of the images.
        stem: The channels of Conv0, 0 for none.
        layers: How many convolutions a stage has.
        widths: The channels of Conv1 to Conv3.
        kernel: The side of the convolutions.
        features: The outputs of the fully connected layer.
        dtype: The compute precision; parameters stay float32.
        axis_name: The device axis to take batch statistics over, in training.

    Reference:
        The paper of the inclusive and exclusive loss (IE), Table 1.
    """

    size: int
    stem: int
    layers: int
    widths: Sequence[int]
    kernel: int
    features: int
    dtype: Any = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, size, size, channels]`.
            train: Whether to normalize by the batch, not by the running statistics.

        Returns:
            Features, `[batch, features]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x, size=self.size)

        def conv(x, width, *, layer):
            x = _layers.conv(
                x,
                width,
                kernel=self.kernel,
                padding=self.kernel // 2,
                use_bias=False,
                kernel_init=_initializers.fan_in_normal,
                dtype=self.dtype,
                name=f"conv{layer}",
            )
            x = _layers.batch_norm(
                x,
                train=train,
                axis_name=self.axis_name,
                dtype=self.dtype,
                name=f"bn{layer}",
            )
            return _layers.PReLU(self.dtype, name=f"prelu{layer}")(x)

        if self.stem:
            x = conv(x, self.stem, layer="0_1")
        for stage, width in enumerate(self.widths, start=1):
            for i in range(1, self.layers + 1):
                x = conv(x, width, layer=f"{stage}_{i}")
            x = _layers.max_pool(x, padding=(0, 1) if x.shape[1] % 2 else (0, 0))
        return _layers.dense(
            _layers.flatten(x), self.features, dtype=self.dtype, name="fc"
        )


# fmt: off
IEMnist2D = functools.partial(
    IENet, size=28, stem=0, layers=2, widths=(32, 64, 128), kernel=5, features=2)
IEMnist = functools.partial(
    IENet, size=28, stem=64, layers=3, widths=(64, 64, 64), kernel=3, features=256)
IECifar10 = functools.partial(
    IENet, size=32, stem=64, layers=4, widths=(64, 96, 128), kernel=3, features=256)
IECifar100 = functools.partial(
    IENet, size=32, stem=96, layers=4, widths=(96, 192, 384), kernel=3, features=512)
# fmt: on


class IEFaceNet(nn.Module):
    """A residual network of 27 convolutions without batch norm, faces to 512 features.

    The biases, the first values and the ReLU of both convolutions of a block, none
    after their sum, are those of Wen et al.'s network, which it is but for their PReLU.

    Attributes:
        widen: The factor of the convolutions from Conv1 to before Conv4. Conv4 cannot
            be wider and leave those after it as they are.
        dtype: The compute precision; parameters stay float32.

    Reference:
        The paper of the inclusive and exclusive loss (IE), Table 5; Wen et al., A
        Discriminative Feature Learning Approach for Deep Face Recognition, ECCV 2016,
        face_example of github.com/ydwen/caffe-face.
    """

    widen: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 112, 96, channels]`.
            train: Without effect: nothing here differs between training and not.

        Returns:
            Features, `[batch, 512]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x, size=(112, 96))
        init = {
            "kernel_init": _initializers.xavier,
            "bias_init": nn.initializers.zeros,
            "dtype": self.dtype,
        }
        conv = functools.partial(_layers.conv, kernel=3, **init)
        block_conv = functools.partial(
            _layers.conv,
            kernel=3,
            padding=1,
            use_bias=False,
            kernel_init=nn.initializers.normal(0.01),
            dtype=self.dtype,
        )

        x = nn.relu(conv(x, 32, name="conv0"))
        block = 0
        stages = ((64 * self.widen, 1), (128 * self.widen, 2), (256 * self.widen, 5))
        for stage, (width, blocks) in enumerate((*stages, (512, 3)), start=1):
            x = _layers.max_pool(nn.relu(conv(x, width, name=f"conv{stage}")))
            for _ in range(blocks):
                block += 1
                y = nn.relu(block_conv(x, width, name=f"resblock{block}_conv1"))
                x += nn.relu(block_conv(y, width, name=f"resblock{block}_conv2"))
        return _layers.dense(_layers.flatten(x), 512, name="fc5", **init)


IEFace = functools.partial(IEFaceNet, widen=1)
IEFaceWide = functools.partial(IEFaceNet, widen=2)
