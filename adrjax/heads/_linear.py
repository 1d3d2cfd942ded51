"""The linear head."""

import flax.linen as nn
from flax.typing import Initializer
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks, _initializers
from adrjax._base import Outputs
from adrjax.heads._affine import affine
from adrjax.heads._features import check_features


class Linear(nn.Module):
    r"""Linear classifier: logits :math:`z = W f + b`.

    The weights start as in torch by default, uniform within :math:`1 / \sqrt{D}` for D
    features. Networks of Caffe and pycls start otherwise: docs/networks.md names
    their initializers.

    Attributes:
        num_classes: The number of classes.
        dtype: The precision of features and weights in the product. The sum over
            features is in float32, and the parameters are float32.
        kernel_init: The initializer of the weights, `[num_features, num_classes]`.
        bias_init: The initializer of the bias; None for torch's.
    """

    num_classes: int
    dtype: DTypeLike = jnp.float32
    kernel_init: Initializer = _initializers.fan_in_uniform
    bias_init: Initializer | None = None

    @nn.compact
    def __call__(self, features: ArrayLike) -> Outputs:
        """Returns the features unchanged, and their logits.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features and float32 logits, `[..., num_classes]`.

        Raises:
            TypeError: If the features are not floating, or `num_classes` is not an
                integer.
            ValueError: If the features have no axis, or `num_classes` is below 1.
        """
        features = check_features(features)
        num_classes = _checks.count("num_classes", self.num_classes, low=1)
        logits = affine(
            self,
            features,
            num_classes,
            kernel_init=self.kernel_init,
            bias_init=self.bias_init,
            dtype=self.dtype,
        )
        return Outputs(features, logits)
