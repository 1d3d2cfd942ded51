"""Norm-adaptive cosine loss that measures the norms it adapts to."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._base import StatefulLoss
from adrjax._devices import psum
from adrjax._labels import has_class
from adrjax._vectors import inner_products, norm
from adrjax.embeddings._norm_adaptive_cosine import norm_adaptive_cosine

NormOf = Literal["features", "logits"]


class NacState(NamedTuple):
    """What `nac` and `pod` remember.

    Attributes:
        delta: What this epoch adds to the norms, `[]`.
        epoch: The number e of this epoch, int `[]`.
        norms: The sum of the norms of this epoch's examples so far, `[]`.
        examples: How many they are, `[]`.
    """

    delta: jax.Array
    epoch: jax.Array
    norms: jax.Array
    examples: jax.Array


def nac(
    centroids: ArrayLike,
    *,
    alpha: ArrayLike = 0.01,
    initial_delta: ArrayLike = 0.05,
    hypot: bool = False,
    norm_of: NormOf = "features",
    first_epoch: int = 0,
    axis_name: str | None = None,
) -> StatefulLoss:
    r"""Turns features to fixed centroids and lengthens the short, more each epoch.

    .. math:: L = (1 - c)^2, \qquad
        c = \frac{\cos\theta}{1 + \delta(e, M) / \|x\|}, \qquad
        \delta(e, M) = \alpha e M,

    with M the mean norm over the examples of the epoch before, measured while it
    trained. In the first epoch :math:`\delta` is `initial_delta`.

    The paper and its code differ. The paper starts at :math:`M = 0.05`, which its
    formula multiplies by alpha: counting from 1, `first_epoch=1, initial_delta=0.05 *
    alpha`. The code starts at :math:`\delta = 0.05` and counts epochs from 0, the
    defaults here, but appends :math:`\delta` to the features, `hypot=True`, and takes M
    over the logits, `norm_of="logits"`.

    An example whose label names no class has the loss NaN, the gradient 0 and no part
    in the state.

    Args:
        centroids: One unit row a class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        alpha: How fast delta grows, at least 0.
        initial_delta: Delta in the first epoch, at least 0.
        hypot: Whether delta is added as in the authors' code; see
            `norm_adaptive_cosine`.
        norm_of: Whether M is the mean norm of the "features" or of the "logits", their
            products with the centroids.
        first_epoch: The number e of the first epoch.
        axis_name: The device axis that the batch is split over.

    Returns:
        A loss of `(features, labels)`, one value an example, and its state. Call
        `end_epoch` after each epoch; without it delta never changes.

    Raises:
        TypeError: If the centroids are not floating or `first_epoch` no whole number.
        ValueError: If the centroids are no matrix, alpha, `initial_delta` or
            `first_epoch` is negative, or `norm_of` unknown.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (16) and (17).
    """
    centroids = _vector_checks.class_vectors("centroids", centroids)
    alpha = _checks.between("alpha", alpha, 0)
    initial_delta = _checks.between("initial_delta", initial_delta, 0)
    _checks.one_of("norm_of", norm_of, ("features", "logits"))
    _checks.count("first_epoch", first_epoch, low=0)

    def init():
        delta = jnp.asarray(initial_delta, float)
        none = jnp.zeros_like(delta)
        return NacState(delta, jnp.asarray(first_epoch, int), none, none)

    def apply(state, features, labels):
        values = norm_adaptive_cosine(
            features, labels, centroids, delta=state.delta, hypot=hypot
        )
        vectors = jax.lax.stop_gradient(_vector_checks.vectors("features", features))
        if norm_of == "logits":
            vectors = inner_products(vectors, centroids)
        known = has_class(jnp.asarray(labels), len(centroids))
        norms = psum(jnp.sum(norm(vectors), where=known), axis_name)
        examples = psum(jnp.sum(known), axis_name)
        return values, state._replace(
            norms=state.norms + norms.astype(state.norms.dtype),
            examples=state.examples + examples.astype(state.examples.dtype),
        )

    def end_epoch(state):
        epoch = state.epoch + 1
        mean = state.norms / jnp.maximum(state.examples, 1)
        delta = jnp.where(state.examples > 0, alpha * epoch * mean, state.delta)
        delta = delta.astype(state.delta.dtype)
        none = jnp.zeros_like(delta)
        return NacState(delta, epoch, none, none)

    return StatefulLoss(init, apply, end_epoch)
