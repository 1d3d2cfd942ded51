"""The cosine head with fixed centroids."""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike
import numpy as np

from adrjax._base import Outputs
from adrjax.heads._features import check_features
from adrjax.heads._products import cosines


class Fixed(nn.Module):
    r"""Cosine classifier with fixed centroids: :math:`c_j = \cos(P_j, f)`.

    The head has no parameters: the centroids, for example of `centroids.simplex`, are
    constants of the program. The predicted class is the class of the largest cosine.
    Heads with equal centroids are equal and have the same hash, so a head can be a
    static argument of `jax.jit`.

    Attributes:
        centroids: One vector a class, `[num_classes, num_features]`.
        dtype: The precision of features and centroids in the products, as in `Cosine`.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (21) to (24).
    """

    centroids: ArrayLike
    dtype: DTypeLike = jnp.float32

    def __call__(self, features: ArrayLike) -> Outputs:
        """Returns the features unchanged, and their cosines as logits.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features and float32 cosines, `[..., num_classes]`.

        Raises:
            TypeError: If features or centroids are not floating.
            ValueError: If the features have no axis, or another dimension than the
                centroids.
        """
        features = check_features(features)
        return Outputs(features, cosines(features, self.centroids, self.dtype))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fixed) and _identity(self) == _identity(other)

    def __hash__(self) -> int:
        return hash(_identity(self))


def _identity(
    head: Fixed,
) -> tuple[str | None, jnp.dtype, tuple[int, ...], str, bytes]:
    """Returns the fields of a head, with the array as something that has a hash."""
    centroids = np.asarray(head.centroids)
    return (
        head.name,
        jnp.dtype(head.dtype),
        centroids.shape,
        str(centroids.dtype),
        centroids.tobytes(),
    )
