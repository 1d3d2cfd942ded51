"""Self-correlation constraint (SC)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._devices import all_gather, axis_size, psum, pvary
from adrjax._labels import has_class, take_rows
from adrjax._vectors import inner_products, unit


def self_correlation(
    features: ArrayLike,
    labels: ArrayLike,
    centroids: ArrayLike,
    *,
    per_dimension: bool = False,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Self-correlation constraint (SC): squared products of residual dimensions.

    The residual is the direction of a feature minus its centroid. The constraint makes
    different dimensions of the residual uncorrelated over the batch.

    .. math:: L = \sum_i \sum_{j \ne i} R_{ij}^2, \qquad
        R = \frac{1}{B - 1} \sum_b d_b d_b^\top, \qquad
        d_b = \frac{x_b}{\|x_b\|} - P_{y_b}.

    The sums are over pairs of dimensions i and j. Despite its name in the paper, R is
    not a correlation: nothing is centered or scaled. A batch of one example has the
    loss 0. The centroids have no gradient.

    An example whose label is not a class is left out of the batch.

    Args:
        features: Outputs of the network, `[..., dim]`. All leading axes are the batch.
        labels: Integer classes, `[...]`.
        centroids: One unit row for each class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        per_dimension: Whether the sum is divided by `dim - 1`, as in the authors' code.
            Eq. (18) does not divide.
        axis_name: The device axis over which the batch is split. Each device returns
            the loss of the whole batch.

    Returns:
        The loss of the batch, `[]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not match or a label is not a class.

    Example:
        >>> from adrjax import embeddings
        >>> features, centroids = [[3.0, 4.0], [-1.0, 2.0]], [[1.0, 0.0], [-1.0, 0.0]]
        >>> print(f"{embeddings.self_correlation(features, [0, 1], centroids):.3f}")
        0.061

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (18) and (19).
    """
    features, labels, centroids = _vector_checks.features_and_labels(
        features, labels, centroids, "centroids"
    )
    dim = features.shape[-1]
    known = has_class(labels, len(centroids))
    gaps = unit(features) - jax.lax.stop_gradient(take_rows(centroids, labels))
    gaps = jnp.where(known[..., None], gaps, 0).reshape(-1, dim)
    batch = psum(jnp.sum(known, dtype=features.dtype), axis_name)
    squares = psum(_off_diagonals(axis_name, gaps), axis_name)
    # 0 times the squares of one example is 0, or NaN.
    scale = jnp.where(batch > 1, 1 / jnp.maximum(batch - 1, 1) ** 2, 0)
    loss = scale * squares
    return pvary(loss / max(dim - 1, 1) if per_dimension else loss, axis_name)


# Own rule because autodiff would multiply 4 GD, of the symmetric G, once for each side.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _off_diagonals(axis_name: str | None, gaps: jax.Array) -> jax.Array:
    r"""Returns a device's part of the squares of :math:`D^\top D` off its diagonal.

    With :math:`G = D D^\top` and :math:`s_j = \sum_b D_{bj}^2`, their sum is

    .. math:: L = \|G\|_F^2 - \sum_j s_j^2, \qquad
        \frac{\partial L}{\partial D} = 4 (G D - D \operatorname{diag} s),

    through the smaller of G, `[batch, batch]`, and :math:`D^\top D`, `[dim, dim]`. The
    devices' parts are added outside the rule: autodiff decides there whether the
    cotangent of a sum has been summed.
    """
    return _fwd(axis_name, gaps)[0]


def _fwd(axis_name, gaps):
    if _by_gram(axis_name, gaps):
        gram = inner_products(gaps, all_gather(gaps, axis_name))
        part = jnp.sum(gaps * gaps, axis=0)
        squares = psum(part, axis_name)
        return jnp.sum(gram * gram) - jnp.sum(part * squares), (gaps, gram, squares)
    part = inner_products(gaps.T, gaps.T)
    off = jnp.where(jnp.eye(len(part), dtype=bool), 0, psum(part, axis_name))
    return jnp.sum(part * off), (gaps, off, None)


def _bwd(axis_name, residuals, cotangent):
    gaps, matrix, squares = residuals
    if _by_gram(axis_name, gaps):
        slope = inner_products(matrix, all_gather(gaps, axis_name).T)
        slope -= gaps * squares[None]
    else:
        slope = inner_products(gaps, matrix)
    return (4 * cotangent * slope,)


_off_diagonals.defvjp(_fwd, _bwd)


def _by_gram(axis_name: str | None, gaps: jax.Array) -> bool:
    return axis_size(axis_name) * gaps.shape[0] <= gaps.shape[1]
