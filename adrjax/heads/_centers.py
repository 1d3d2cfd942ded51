"""The linear head with learned class centers."""

from typing import NamedTuple

import flax.linen as nn
from flax.typing import Initializer
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks, _initializers
from adrjax._base import Outputs
from adrjax.heads._features import check_features
from adrjax.heads._linear import Linear


class CenterOutputs(NamedTuple):
    """The outputs of `Centers`: `Outputs`, and the centers and the variance.

    Attributes:
        features: The input of the head, `[..., dim]`.
        logits: The logits of the linear classifier, `[..., num_classes]`.
        centers: One center a class, `[num_classes, dim]`.
        variance: The variance around the centers, positive, `[]`.
    """

    features: jax.Array
    logits: jax.Array
    centers: jax.Array
    variance: jax.Array


class Centers(nn.Module):
    r"""Linear classifier with learned class centers and variance, for the IE loss.

    The loss of the paper is a sum over both. In the trainer, `of=lambda outputs:
    outputs` passes all outputs to the loss:

        losses.cross_entropy(outputs.logits, labels) + lam * embeddings.include_exclude(
            outputs.features, labels, outputs.centers, outputs.variance)

    The parameter is :math:`\log \sigma^2`, so the variance stays positive. The paper
    does not print how centers and variance start. The centers start uniform within
    :math:`\sqrt{3 / D}` for D features, Caffe's "xavier", as in Wen et al.'s code, and
    the variance at 1 by default. With `include_exclude(inside=True)` it should start
    near the mean squared distance of the features from the centers, as the paper's
    Eq. (5) defines it: far below, the loss pulls all features to 0 in a few steps, and
    those after ReLU stay there.

    Attributes:
        num_classes: The number of classes.
        dim: The number of features.
        dtype: The precision of the classifier's products, as in `Linear`.
        kernel_init: The initializer of the classifier's weights, as in `Linear`.
        bias_init: The initializer of the classifier's bias, as in `Linear`.
        variance: The variance before training, positive.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Eq. (5) and Algorithm 1.
    """

    num_classes: int
    dim: int
    dtype: DTypeLike = jnp.float32
    kernel_init: Initializer = _initializers.fan_in_uniform
    bias_init: Initializer | None = None
    variance: float = 1.0

    @nn.compact
    def __call__(self, features: ArrayLike) -> CenterOutputs:
        """Returns the features unchanged, their logits, the centers and the variance.

        Args:
            features: The output of a backbone, `[..., dim]`.

        Returns:
            The features, float32 logits, `[..., num_classes]`, centers and variance.

        Raises:
            TypeError: If the features are not floating, or `num_classes` or `dim` is
                not an integer.
            ValueError: If the number of features is not `dim`, or `num_classes` or
                `dim` is below 1, or `variance` is not positive.
        """
        dim = _checks.count("dim", self.dim, low=1)
        features = check_features(features, dim=dim)
        linear = Linear(
            self.num_classes,
            dtype=self.dtype,
            kernel_init=self.kernel_init,
            bias_init=self.bias_init,
            name="linear",
        )
        outputs: Outputs = linear(features)
        xavier = nn.initializers.lecun_uniform(in_axis=-1, out_axis=-2)
        centers = self.param("centers", xavier, (self.num_classes, dim))
        start = nn.initializers.constant(
            jnp.log(_checks.positive("variance", self.variance))
        )
        log_variance = self.param("log_variance", start, ())
        return CenterOutputs(*outputs, centers, jnp.exp(log_variance))
