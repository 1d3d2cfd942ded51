"""The linear head whose weights its loss wants to see."""

from typing import NamedTuple

import flax.linen as nn
import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._vectors import inner_products, unit
from adrjax.heads._features import features_of


class ProjectionOutputs(NamedTuple):
    """What `Projection` returns: `Outputs` and the weights of its classes.

    Attributes:
        features: The input of the head, `[..., num_features]`.
        logits: Their products with the weights, `[..., num_classes]`.
        weights: One vector a class, `[num_classes, num_features]`.
    """

    features: jax.Array
    logits: jax.Array
    weights: jax.Array


class Projection(nn.Module):
    r"""A linear map without a bias, :math:`z = W f`, and its weights.

    For `margins.large_margin` and, with unit weights, `margins.sphereface`, which
    change the logit of the label only; `of=lambda outputs: outputs` in the trainer:

        logits = margins.large_margin(outputs.features, outputs.weights, labels)
        losses.cross_entropy(logits, labels)

    Computed in float32, whatever the features, as the margins are.

    Attributes:
        num_classes: The number of classes.
        unit: Whether the weights are divided by their lengths, as in SphereFace.

    Reference:
        Liu et al., Large-Margin Softmax Loss for Convolutional Neural Networks; Liu et
        al., SphereFace: Deep Hypersphere Embedding for Face Recognition.
    """

    num_classes: int
    unit: bool = False

    @nn.compact
    def __call__(self, features: ArrayLike) -> ProjectionOutputs:
        """Returns the features as they came, their logits and the weights.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features, float32 logits, `[..., num_classes]`, and the weights.

        Raises:
            TypeError: If the features are not floating.
            ValueError: If the features have no axis.
        """
        features = features_of(features)
        # As `Linear` starts, whose kernel has its axes the other way round.
        start = nn.initializers.variance_scaling(
            1 / 3, "fan_in", "uniform", in_axis=-1, out_axis=-2
        )
        shape = (self.num_classes, features.shape[-1])
        weights = self.param("weights", start, shape)
        weights = unit(weights) if self.unit else weights
        logits = inner_products(_checks.floating("features", features), weights)
        return ProjectionOutputs(features, logits, weights)
