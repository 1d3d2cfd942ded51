"""A backbone with a head."""

from typing import Any

import flax.linen as nn
from jax.typing import ArrayLike

from adrjax import _checks


class Classifier(nn.Module):
    """A backbone followed by a head: images to `Outputs`.

    Attributes:
        backbone: Maps `(images, train=...)` to features, `[..., num_features]`.
        head: Maps features to `Outputs`.
        dropout: The dropout rate between backbone and head in training, 0.2 in GR,
            Table 8. The features of the outputs are those before dropout.
    """

    backbone: nn.Module
    head: nn.Module
    dropout: float = 0.0

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> Any:
        """Returns the features and the logits of images.

        Args:
            x: Images, of a shape that the backbone takes.
            train: Whether to apply dropout, and whether the backbone is in training.

        Returns:
            The `Outputs` of the head: features, `[..., num_features]`, and logits,
            `[..., num_classes]`.

        Raises:
            ValueError: If `dropout` is not in [0, 1].
        """
        _checks.between("dropout", self.dropout, 0, 1)
        features = self.backbone(x, train=train)
        dropped = nn.Dropout(self.dropout, deterministic=not train)(features)
        return self.head(dropped)._replace(features=features)
