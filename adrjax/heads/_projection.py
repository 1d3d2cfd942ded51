"""The linear head without a bias, which returns its weights too."""

from typing import NamedTuple

import flax.linen as nn
from flax.typing import Initializer
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks, _initializers
from adrjax._vectors import unit
from adrjax.heads._features import check_features
from adrjax.heads._products import products


class ProjectionOutputs(NamedTuple):
    """The outputs of `Projection`: `Outputs`, and the class weights.

    Attributes:
        features: The input of the head, `[..., num_features]`.
        logits: The products of features and weights, `[..., num_classes]`.
        weights: One vector a class, `[num_classes, num_features]`.
    """

    features: jax.Array
    logits: jax.Array
    weights: jax.Array


class Projection(nn.Module):
    r"""Linear classifier without a bias, :math:`z = W f`, that also returns W.

    It serves `margins.large_margin` and, with unit weights, `margins.sphereface`, which
    need features and weights. In the trainer, `of=lambda outputs: outputs` passes all
    outputs to the loss:

        logits = margins.large_margin(outputs.features, outputs.weights, labels)
        losses.cross_entropy(logits, labels)

    Attributes:
        num_classes: The number of classes.
        unit: Whether weights are divided by their norms, as in SphereFace.
        dtype: The precision of features and weights in the products. Sums and logits
            are in float32, and so are the products of the margins.
        kernel_init: The initializer of the transpose of the weights, `[num_features,
            num_classes]`, as in `Linear`.

    Reference:
        Liu et al., Large-Margin Softmax Loss for Convolutional Neural Networks; Liu et
        al., SphereFace: Deep Hypersphere Embedding for Face Recognition.
    """

    num_classes: int
    unit: bool = False
    dtype: DTypeLike = jnp.float32
    kernel_init: Initializer = _initializers.fan_in_uniform

    @nn.compact
    def __call__(self, features: ArrayLike) -> ProjectionOutputs:
        """Returns the features unchanged, their logits and the weights.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features, float32 logits, `[..., num_classes]`, and the weights.

        Raises:
            TypeError: If the features are not floating, or `num_classes` is not an
                integer.
            ValueError: If the features have no axis, or `num_classes` is below 1.
        """
        features = check_features(features)
        num_classes = _checks.count("num_classes", self.num_classes, low=1)

        def weights_init(key: jax.Array) -> jax.Array:
            return self.kernel_init(key, (features.shape[-1], num_classes)).T

        weights = self.param("weights", weights_init)
        weights = unit(weights) if self.unit else weights
        logits = products(features, weights, self.dtype)
        return ProjectionOutputs(features, logits, weights)
