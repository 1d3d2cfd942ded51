"""A backbone with a head."""

from typing import Any

import flax.linen as nn
from jax.typing import ArrayLike


class Classifier(nn.Module):
    """The head of the features of the backbone.

    Attributes:
        backbone: Maps `(images, train=...)` to features, `[..., num_features]`.
        head: Maps features to `Outputs`.
        dropout: The share of the features that is hidden from the head in training, as
            in Table 8 of GR. The features of the outputs are whole.
    """

    backbone: nn.Module
    head: nn.Module
    dropout: float = 0.0

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> Any:
        """Returns the features and the logits of images.

        Args:
            x: Images, of a shape that the backbone takes.
            train: Whether the backbone is to behave as in training.

        Returns:
            The `Outputs` of the head: features, `[..., num_features]`, and logits,
            `[..., num_classes]`.
        """
        features = self.backbone(x, train=train)
        seen = nn.Dropout(self.dropout, deterministic=not train)(features)
        return self.head(seen)._replace(features=features)
