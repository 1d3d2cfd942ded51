"""Losses of features: one value per example, or one of the batch."""

import jax
from jax import Array
import jax.numpy as jnp

from formulas._vectors import directions, norms


def center(features: Array, labels: Array, centers: Array) -> Array:
    """IE, Eq. (4); Wen et al., Eq. (2)."""
    return norms(features - centers[labels]) ** 2 / 2


def cosine(features: Array, labels: Array, centroids: Array) -> Array:
    """POD, Eqs. (9) and (11)."""
    return norm_adaptive_cosine(features, labels, centroids, delta=0.0)


def norm_adaptive_cosine(
    features: Array,
    labels: Array,
    centroids: Array,
    *,
    delta: float,
    hypot: bool = False,
) -> Array:
    """POD, Eqs. (16) and (17)."""
    length = norms(features)
    h = jnp.sqrt(length**2 + delta**2) if hypot else length + delta
    return (1 - jnp.sum(features * centroids[labels], axis=-1) / h) ** 2


def next_delta(features: Array, *, epoch: int = 1, alpha: float = 0.01) -> Array:
    """POD, Eq. (17): alpha times the epoch times the mean norm of the last one."""
    return jax.lax.stop_gradient(alpha * epoch * jnp.mean(norms(features)))


def self_correlation(
    features: Array, labels: Array, centroids: Array, *, per_dimension: bool = False
) -> Array:
    """POD, Eqs. (18) and (19)."""
    d = directions(features) - centroids[labels]
    loss = _off_diagonal(d.T @ d / (len(labels) - 1))
    return loss / (features.shape[-1] - 1) if per_dimension else loss


def pod(
    features: Array,
    labels: Array,
    centroids: Array,
    *,
    delta: float,
    lam: float = 1.0,
    hypot: bool = False,
    per_dimension: bool = False,
) -> Array:
    """POD, Eq. (20)."""
    nac = norm_adaptive_cosine(features, labels, centroids, delta=delta, hypot=hypot)
    return nac + lam * self_correlation(
        features, labels, centroids, per_dimension=per_dimension
    )


def pedcc_mse(
    features: Array, labels: Array, centroids: Array, *, normalize: bool = True
) -> Array:
    """POD, Eqs. (6) and (8)."""
    x = directions(features) if normalize else features
    return norms(x - centroids[labels]) ** 2 / 2


def pedcc(
    features: Array,
    labels: Array,
    centroids: Array,
    *,
    margin: float = 0.5,
    scale: float = 15.0,
    lam: float = 1.0,
    n: float = 1,
) -> Array:
    """POD, Eqs. (2) to (4), of the batch."""
    is_label = jax.nn.one_hot(labels, len(centroids))
    p = jax.nn.softmax(scale * (directions(features) @ centroids.T - margin * is_label))
    am = -jnp.mean(jnp.log(jnp.sum(is_label * p, axis=-1)))
    return am + lam * jnp.mean(pedcc_mse(features, labels, centroids)) ** (1 / n)


def include_exclude(
    features: Array,
    labels: Array,
    centers: Array,
    variance: Array | float | None = None,
    *,
    alpha: float = 0.1,
    num_nearest: int | None = None,
    share_nearest: float | None = None,
    inside: bool = False,
    present_only: bool = True,
) -> Array:
    """IE, Eqs. (5) and (6); Eq. (A.1) with `inside`."""
    if variance is None:
        d = jnp.sum((features - centers[labels]) ** 2)
        variance = jax.lax.stop_gradient(d / (len(labels) - 1))
    gaps = features[..., None, :] - centers[(None,) * (features.ndim - 1)]
    d = jnp.sum(gaps**2, axis=-1)
    is_label = jax.nn.one_hot(labels, len(centers), dtype=bool)
    others = ~is_label
    if present_only:
        others &= jnp.isin(jnp.arange(len(centers)), labels)[None]
    number = jnp.sum(others, axis=-1, keepdims=True)
    if num_nearest is not None:
        number = jnp.full_like(number, num_nearest)
    if share_nearest is not None:
        number = jnp.maximum(jnp.round(share_nearest * number), 1)
    order = jnp.argsort(jnp.where(others, d, jnp.inf), axis=-1)
    others &= jnp.argsort(order, axis=-1) < number
    own = jnp.sum(jnp.where(is_label, d, 0), axis=-1)
    far = jnp.exp(-d / (2 * variance * (number if inside else 1)))
    far = jnp.sum(jnp.where(others, far, 0), axis=-1)
    return jax.nn.relu(-jnp.log(jnp.exp(-own / (2 * variance) - alpha) / far))


def contrastive(
    first: Array, second: Array, same: Array, *, margin: float = 1.0
) -> Array:
    """Hadsell et al., Eq. (4)."""
    d = norms(first - second)
    return jnp.where(same, d**2, jax.nn.relu(margin - d) ** 2) / 2


def triplet(
    anchors: Array, positives: Array, negatives: Array, *, margin: float = 0.2
) -> Array:
    """IE, Eq. (1)."""
    nearer = norms(anchors - positives) ** 2 - norms(anchors - negatives) ** 2
    return jax.nn.relu(nearer + margin)


def batch_triplet(
    features: Array, labels: Array, *, margin: float = 0.2, mining: str = "all"
) -> Array:
    """Hermans et al., Eqs. (5) and (6); Schroff et al., Section 3.2."""
    d = jnp.sum((features[:, None] - features[None]) ** 2, axis=-1)
    same = labels[:, None] == labels[None]
    positive, negative = same & ~jnp.eye(len(labels), dtype=bool), ~same
    triplets = positive[:, :, None] & negative[:, None]
    if mining == "semihard":
        semihard = negative[:, None] & (d[:, None] >= d[:, :, None])
        nearest = jnp.argmin(jnp.where(semihard, d[:, None], jnp.inf), axis=-1)
        triplets &= semihard & jax.nn.one_hot(nearest, len(labels), dtype=bool)
    if mining == "hard":
        farthest = jnp.argmax(jnp.where(positive, d, -1), axis=-1)
        nearest = jnp.argmin(jnp.where(negative, d, jnp.inf), axis=-1)
        triplets &= jax.nn.one_hot(farthest, len(labels), dtype=bool)[:, :, None]
        triplets &= jax.nn.one_hot(nearest, len(labels), dtype=bool)[:, None]
    hinges = jax.nn.relu(d[:, :, None] - d[:, None] + margin)
    total = jnp.sum(jnp.where(triplets, hinges, 0), axis=(1, 2))
    return total / jnp.maximum(jnp.sum(triplets, axis=(1, 2)), 1)


def feature_incay(
    features: Array, labels: Array, logits: Array, *, eps: float = 1e-10
) -> Array:
    """Yuan et al., Feature Incay, in the form of insightface."""
    right = jnp.argmax(logits, axis=-1) == labels
    return right / (norms(features) ** 2 + eps)


def circle(
    features: Array,
    labels: Array,
    *,
    margin: float = 0.25,
    scale: float = 256.0,
    stop_weights: bool = True,
) -> Array:
    """Sun et al., Eqs. (5) and (6), of all pairs of the batch."""
    stop = jax.lax.stop_gradient if stop_weights else lambda weights: weights
    s = directions(features) @ directions(features).T
    same = labels[:, None] == labels[None]
    a_p = stop(jax.nn.relu(1 + margin - s))
    a_n = stop(jax.nn.relu(s + margin))
    within = jnp.where(same, jnp.exp(-scale * a_p * (s - 1 + margin)), 0)
    within = jnp.sum(within * (1 - jnp.eye(len(labels))), axis=-1)
    between = jnp.where(same, 0, jnp.exp(scale * a_n * (s - margin)))
    return jnp.log(1 + within * jnp.sum(between, axis=-1))


def barlow_twins(first: Array, second: Array, *, lam: float = 0.005) -> Array:
    """POD, Eq. (5)."""
    dim = first.shape[1]
    c = jnp.corrcoef(first, second, rowvar=False)[:dim, dim:]
    return jnp.sum((1 - jnp.diagonal(c)) ** 2) + lam * _off_diagonal(c)


def vicreg(
    first: Array,
    second: Array,
    *,
    lam: float = 25.0,
    mu: float = 25.0,
    nu: float = 1.0,
    gamma: float = 1.0,
    eps: float = 1e-4,
) -> Array:
    """Bardes et al., Eqs. (1) to (6)."""

    def of_one(z: Array) -> Array:
        c = jnp.cov(z, rowvar=False)
        v = jnp.mean(jax.nn.relu(gamma - jnp.sqrt(jnp.diagonal(c) + eps)))
        return mu * v + nu * _off_diagonal(c) / len(c)

    s = jnp.mean(jnp.sum((first - second) ** 2, axis=-1))
    return lam * s + of_one(first) + of_one(second)


def orthogonality(weights: Array) -> Array:
    """Yang et al., the mean square of the cosines between classes."""
    c = directions(weights) @ directions(weights).T
    return _off_diagonal(c) / (len(c) * (len(c) - 1))


def update_centers(
    features: Array, labels: Array, centers: Array, *, alpha: float = 0.5
) -> Array:
    """Wen et al., Eq. (4)."""
    is_label = labels[:, None] == jnp.arange(len(centers))[None]
    gaps = centers[None] - features[:, None]
    moves = jnp.sum(jnp.where(is_label[..., None], gaps, 0), axis=0)
    return centers - alpha * moves / (1 + jnp.sum(is_label, axis=0))[:, None]


def _off_diagonal(matrix: Array) -> Array:
    """The sum of the squares off the diagonal."""
    return jnp.sum(matrix**2) - jnp.sum(jnp.diagonal(matrix) ** 2)
