"""A backbone with a head."""

import flax.linen as nn
from jax.typing import ArrayLike

from adrjax._base import Outputs


class Classifier(nn.Module):
    """The head of the features of the backbone.

    Attributes:
        backbone: Maps `(images, train=...)` to features, `[..., num_features]`.
        head: Maps features to `Outputs`.
    """

    backbone: nn.Module
    head: nn.Module

    def __call__(self, x: ArrayLike, *, train: bool) -> Outputs:
        """Returns the features and the logits of images.

        Args:
            x: Images, of a shape that the backbone takes.
            train: Whether the backbone is to behave as in training.

        Returns:
            Features, `[..., num_features]`, and logits, `[..., num_classes]`.
        """
        return self.head(self.backbone(x, train=train))
