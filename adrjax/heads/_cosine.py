"""The cosine head."""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks
from adrjax._base import Outputs
from adrjax.heads._features import check_features
from adrjax.heads._products import cosines


class Cosine(nn.Module):
    r"""Cosine classifier: :math:`c_j = \cos(W_j, f)` with one weight vector a class.

    The functions of `margins` map the cosines to logits. If a feature or a weight is 0,
    its cosines are 0, and so are its gradients.

    Attributes:
        num_classes: The number of classes.
        dtype: The precision of features and weights in the products. Sums, lengths and
            cosines are in float32: half precision has too few digits near 1 for a
            margin.
    """

    num_classes: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, features: ArrayLike) -> Outputs:
        """Returns the features unchanged, and their cosines as logits.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features and float32 cosines, `[..., num_classes]`.

        Raises:
            TypeError: If the features are not floating, or `num_classes` is not an
                integer.
            ValueError: If the features have no axis, or `num_classes` is below 1.
        """
        features = check_features(features)
        num_classes = _checks.count("num_classes", self.num_classes, low=1)
        # Cosines do not depend on the lengths, but gradients are divided by them: 0.01
        # is the standard deviation of insightface.
        weights = self.param(
            "weights",
            nn.initializers.normal(0.01),
            (num_classes, features.shape[-1]),
        )
        return Outputs(features, cosines(features, weights, self.dtype))
