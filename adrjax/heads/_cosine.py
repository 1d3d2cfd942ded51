"""The cosine head."""

import flax.linen as nn
from jax.typing import ArrayLike

from adrjax._base import Outputs
from adrjax.heads._features import features_of
from adrjax.margins import cosines


class Cosine(nn.Module):
    r"""Cosines to one learned weight a class, :math:`c_j = \cos(W_j, f)`.

    The functions of `margins` make logits of them. Where a feature or a weight is 0 its
    cosines are 0, and so is its gradient. They are computed in float32, whatever the
    features: half precision has too few digits near 1 for a margin.

    Attributes:
        num_classes: The number of classes.
    """

    num_classes: int

    @nn.compact
    def __call__(self, features: ArrayLike) -> Outputs:
        """Returns the features as they came, and their cosines for logits.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features and float32 cosines, `[..., num_classes]`.

        Raises:
            TypeError: If the features are not floating.
            ValueError: If the features have no axis.
        """
        features = features_of(features)
        # Any isotropic start would do for the cosines; the length, by which gradients
        # are divided, is that of insightface.
        weights = self.param(
            "weights",
            nn.initializers.normal(0.01),
            (self.num_classes, features.shape[-1]),
        )
        return Outputs(features, cosines(features, weights))
