"""The networks of the Include and Exclude (IE) loss."""

from collections.abc import Sequence
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_counts, check_images
from adrjax.backbones._max_pool import max_pool


class IENet(nn.Module):
    """Networks of IE for MNIST and CIFAR: three stages of convolutions with PReLU.

    Not in the paper: the order of convolution, batch norm and PReLU, convolutions
    without a bias before batch norm, the initializer (of He et al., who introduced
    PReLU), and pools that keep the last, incomplete window, as in Caffe.

    Attributes:
        size: The height and width of the images.
        stem: The channels of Conv0, 0 for no Conv0.
        layers: The number of convolutions of a stage.
        widths: The channels of Conv1 to Conv3.
        kernel: The side of the convolutions.
        features: The number of features, the outputs of the fully connected layer.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Table 1.
    """

    size: int
    stem: int
    layers: int
    widths: Sequence[int]
    kernel: int
    features: int
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, size, size, channels]`.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, features]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, or an attribute is below 1.
        """
        check_counts(
            size=self.size,
            layers=self.layers,
            widths=self.widths,
            kernel=self.kernel,
            features=self.features,
        )
        x = check_images(x, size=self.size)

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
            x = max_pool(x, padding=(0, 1) if x.shape[1] % 2 else (0, 0))
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
    """Network of IE for faces: 27 convolutions without batch norm, 512 features.

    Biases, initializers and the place of the activations, after both convolutions of a
    block and not after the sum, are from Wen et al.'s network, with ReLU in place of
    PReLU.

    Attributes:
        widen: The factor of the channels from Conv1 to before Conv4. Conv4 keeps its
            channels, since the residual blocks after it do.
        dtype: The compute precision; parameters are float32.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Table 5; Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, ECCV 2016, face_example of github.com/ydwen/caffe-face.
    """

    widen: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 112, 96, channels]`.
            train: Unused; the network is the same in training and evaluation.

        Returns:
            Features, `[batch, 512]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, or an attribute is below 1.
        """
        check_counts(widen=self.widen)
        x = check_images(x, size=(112, 96))
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
            x = max_pool(nn.relu(conv(x, width, name=f"conv{stage}")))
            for _ in range(blocks):
                block += 1
                y = nn.relu(block_conv(x, width, name=f"resblock{block}_conv1"))
                x += nn.relu(block_conv(y, width, name=f"resblock{block}_conv2"))
        return _layers.dense(_layers.flatten(x), 512, name="fc5", **init)


IEFace = functools.partial(IEFaceNet, widen=1)
IEFaceWide = functools.partial(IEFaceNet, widen=2)
