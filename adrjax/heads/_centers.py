"""The head of learned centers."""

from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax._base import Outputs
from adrjax.heads._features import features_of
from adrjax.heads._linear import Linear


class CenterOutputs(NamedTuple):
    """What `Centers` returns: `Outputs` and what `embeddings.include_exclude` asks for.

    Attributes:
        features: The input of the head, `[..., dim]`.
        logits: Those of a linear classifier, `[..., num_classes]`.
        centers: One center a class, `[num_classes, dim]`.
        variance: The variance around them, positive, `[]`.
    """

    features: jax.Array
    logits: jax.Array
    centers: jax.Array
    variance: jax.Array


class Centers(nn.Module):
    r"""A linear classifier beside learned centers and the variance around them.

    The loss of the paper is that of both, `of=lambda outputs: outputs` in the trainer:

        losses.cross_entropy(outputs.logits, labels) + lam * embeddings.include_exclude(
            outputs.features, labels, outputs.centers, outputs.variance)

    The parameter is :math:`\log \sigma^2`, so that no step makes the variance negative.
    How centers and variance start is not in the paper: the variance at 1, the centers
    as Wen et al. draw theirs (Glorot).

    Attributes:
        num_classes: The number of classes.
        dim: The dimension of the features.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Eq. (5) and Algorithm 1.
    """

    num_classes: int
    dim: int

    @nn.compact
    def __call__(self, features: ArrayLike) -> CenterOutputs:
        """Returns the features as they came, their logits, the centers, the variance.

        Args:
            features: The output of a backbone, `[..., dim]`.

        Returns:
            The features and what is learned of them.

        Raises:
            TypeError: If the features are not floating.
            ValueError: If the features are of another dimension.
        """
        features = features_of(features, dim=self.dim)
        linear: Outputs = Linear(self.num_classes, name="linear")(features)
        centers = self.param(
            "centers", nn.initializers.glorot_uniform(), (self.num_classes, self.dim)
        )
        log_variance = self.param("log_variance", nn.initializers.zeros, ())
        return CenterOutputs(*linear, centers, jnp.exp(log_variance))
