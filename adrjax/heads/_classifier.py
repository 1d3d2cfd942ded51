"""A backbone with a head, and a neck between them."""

from typing import Any

import flax.linen as nn
import jax
from jax.typing import ArrayLike

from adrjax import _checks


class Classifier(nn.Module):
    """A backbone followed by a head: images to `Outputs`.

    The features of the outputs are those of the neck, if there is one. `pooled` returns
    those of the backbone:

        outputs = model.apply(variables, images, train=False)
        pooled = model.apply(variables, images, method="pooled")

    If both are in one program under `jax.jit`, the backbone runs once.

    Attributes:
        backbone: Maps `(images, train=...)` to features, `[..., num_features]`.
        head: Maps features to `Outputs`.
        dropout: The dropout rate of the head's input in training, 0.2 in GR, Table 8.
            The features of the outputs are those before dropout.
        neck: Maps the features of the backbone to those of the head, as `Embedding`
            does; None for none.
    """

    backbone: nn.Module
    head: nn.Module
    dropout: float = 0.0
    neck: nn.Module | None = None

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
        if self.neck is not None:
            features = self.neck(features)
        dropped = nn.Dropout(self.dropout, deterministic=not train)(features)
        return self.head(dropped)._replace(features=features)

    def pooled(self, x: ArrayLike) -> jax.Array:
        """Returns the features of the backbone at evaluation, before the neck.

        Args:
            x: Images, of a shape that the backbone takes.

        Returns:
            Features, `[..., num_features]`.
        """
        return self.backbone(x, train=False)
