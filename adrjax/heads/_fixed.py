"""The head of fixed centroids."""

import flax.linen as nn
from jax.typing import ArrayLike

from adrjax._base import Outputs
from adrjax.heads._features import features_of
from adrjax.margins import cosines


class Fixed(nn.Module):
    r"""Cosines to one given centroid a class, :math:`c_j = \cos(P_j, f)`.

    There is nothing to learn here and nothing in `params`: the centroids are part of
    the program, as `centroids.simplex` made them, and the class of the largest cosine
    is the prediction.

    Attributes:
        centroids: One vector a class, `[num_classes, num_features]`.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (21) to (24).
    """

    centroids: ArrayLike

    def __call__(self, features: ArrayLike) -> Outputs:
        """Returns the features as they came, and their cosines for logits.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features and float32 cosines, `[..., num_classes]`.

        Raises:
            TypeError: If features or centroids are not floating.
            ValueError: If they are of different dimensions.
        """
        features = features_of(features)
        return Outputs(features, cosines(features, self.centroids))
