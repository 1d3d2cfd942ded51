"""Norm-adaptive cosine loss (NaC) with a measured norm."""

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
    """The state of `nac` and `pod`.

    Attributes:
        delta: The number added to the norms in this epoch, `[]`.
        epoch: The number e of this epoch, int `[]`.
        norms: The sum of the norms of this epoch's examples so far, `[]`.
        examples: The number of these examples, `[]`.
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
    r"""Norm-adaptive cosine loss (NaC) that sets delta from the mean norm.

    It turns features towards fixed centroids and lengthens short features, more in each
    epoch. `norm_adaptive_cosine` is the loss for a given delta.

    .. math:: L = (1 - c)^2, \qquad
        c = \frac{\cos\theta}{1 + \delta(e, M) / \|x\|}, \qquad
        \delta(e, M) = \alpha e M.

    M is the mean norm over the examples of the previous epoch, measured during
    training. In the first epoch :math:`\delta` is `initial_delta`. The state, and so
    alpha and `initial_delta`, has no gradient.

    The paper and its code differ, and the defaults mix them: delta starts and counts as
    in the code, and enters h and M as in the paper.

    | | paper | code |
    |---|---|---|
    | first delta | `initial_delta=0.05 * alpha` | `initial_delta=0.05` |
    | first epoch | `first_epoch=1` | `first_epoch=0` |
    | h of delta and the norm | `hypot=False` | `hypot=True` |
    | M | `norm_of="features"` | `norm_of="logits"` |

    An example whose label is not a class has loss NaN and gradient 0, and is not
    measured.

    Args:
        centroids: One unit row for each class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        alpha: The growth of delta in each epoch, in mean norms, at least 0.
        initial_delta: Delta in the first epoch, at least 0.
        hypot: Whether :math:`h = \sqrt{\|x\|^2 + \delta^2}`; see
            `norm_adaptive_cosine`.
        norm_of: Whether M is the mean norm of the "features" or of the "logits", their
            products with the centroids.
        first_epoch: The number e of the first epoch.
        axis_name: The device axis over which the batch is split.

    Returns:
        A loss of `(features, labels)` with one value for each example, and its state.
        Call `end_epoch` after each epoch; without it delta stays constant.

    Raises:
        TypeError: If the centroids are not floating or `first_epoch` is not an integer.
        ValueError: If the centroids are not a matrix, alpha, `initial_delta` or
            `first_epoch` is negative, or `norm_of` is unknown.

    Example:
        >>> from adrjax import embeddings
        >>> loss = embeddings.nac([[1.0, 0.0], [-1.0, 0.0]], alpha=0.1)
        >>> value, state = loss.apply(loss.init(), [3.0, 4.0], 0)
        >>> print(f"{value:.3f}", loss.end_epoch(state).delta)
        0.165 0.5

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (16) and (17) and section 3.1.3.
    """
    centroids = _vector_checks.class_vectors("centroids", centroids)
    alpha = _checks.between("alpha", alpha, 0)
    initial_delta = _checks.between("initial_delta", initial_delta, 0)
    _checks.one_of("norm_of", norm_of, ("features", "logits"))
    first_epoch = _checks.count("first_epoch", first_epoch, low=0)

    def init() -> NacState:
        delta = jnp.array(initial_delta, float)  # a copy, which may be donated
        return _first_of_epoch(delta, jnp.asarray(first_epoch, int))

    def apply(
        state: NacState, features: jax.Array, labels: jax.Array
    ) -> tuple[jax.Array, NacState]:
        features, labels, rows = _vector_checks.features_and_labels(
            features, labels, centroids, "centroids"
        )
        values = norm_adaptive_cosine(
            features, labels, rows, delta=state.delta, hypot=hypot
        )
        vectors = inner_products(features, rows) if norm_of == "logits" else features
        lengths = norm(jax.lax.stop_gradient(vectors))
        known = has_class(labels, len(rows))
        norms = psum(jnp.sum(lengths, where=known), axis_name)
        examples = psum(jnp.sum(known), axis_name)
        return values, state._replace(
            norms=state.norms + norms.astype(state.norms.dtype),
            examples=state.examples + examples.astype(state.examples.dtype),
        )

    def end_epoch(state: NacState) -> NacState:
        epoch = state.epoch + 1
        mean = state.norms / jnp.maximum(state.examples, 1)
        grown = alpha.astype(mean.dtype) * epoch.astype(mean.dtype) * mean
        delta = jnp.where(state.examples > 0, grown, state.delta)
        return _first_of_epoch(delta, epoch)

    return StatefulLoss(init, apply, end_epoch)


def _first_of_epoch(delta: jax.Array, epoch: jax.Array) -> NacState:
    """Returns a state without examples; its arrays are distinct and can be donated."""
    return NacState(delta, epoch, jnp.zeros_like(delta), jnp.zeros_like(delta))
