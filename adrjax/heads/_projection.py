"""The linear head without a bias, which returns its weights too."""

from typing import NamedTuple

import flax.linen as nn
import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._vectors import inner_products, unit
from adrjax.heads._features import check_features


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

    Logits are computed in float32, as those of the margins.

    Attributes:
        num_classes: The number of classes.
        unit: Whether weights are divided by their norms, as in SphereFace.

    Reference:
        Liu et al., Large-Margin Softmax Loss for Convolutional Neural Networks; Liu et
        al., SphereFace: Deep Hypersphere Embedding for Face Recognition.
    """

    num_classes: int
    unit: bool = False

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
        # The distribution of `Linear`, whose kernel has its axes in the other order.
        fan_in_uniform = nn.initializers.variance_scaling(
            1 / 3, "fan_in", "uniform", in_axis=-1, out_axis=-2
        )
        shape = (num_classes, features.shape[-1])
        weights = self.param("weights", fan_in_uniform, shape)
        weights = unit(weights) if self.unit else weights
        logits = inner_products(_checks.floating("features", features), weights)
        return ProjectionOutputs(features, logits, weights)
