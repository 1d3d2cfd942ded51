"""Every loss of features, and the formula its paper prints for it."""

import jax
import jax.numpy as jnp

from adrjax import embeddings
from tests.battery import CLASSES, LABELS
from tests.embeddings import printed
from tests.features import DIM, OTHERS, centers


def first_apply(loss, x, y):
    return loss.apply(loss.init(), x, y)[0]


# One value an example: name -> (the loss, the formula as the paper prints it), both of
# features, labels and centers.
OF_EXAMPLES = {
    "center": (embeddings.center, printed.center),
    "running_center": (
        lambda x, y, c: first_apply(embeddings.running_center(CLASSES, DIM), x, y),
        lambda x, y, c: printed.center(x, y, jnp.zeros_like(c)),
    ),
    "cosine": (embeddings.cosine, lambda x, y, c: printed.nac(x, y, c, 0.0)),
    "norm_adaptive_cosine": (
        lambda x, y, c: embeddings.norm_adaptive_cosine(x, y, c, delta=0.3),
        lambda x, y, c: printed.nac(x, y, c, 0.3),
    ),
    "norm_adaptive_cosine hypot": (
        lambda x, y, c: embeddings.norm_adaptive_cosine(x, y, c, delta=0.3, hypot=True),
        lambda x, y, c: printed.nac(x, y, c, 0.3, hypot=True),
    ),
    "nac": (
        lambda x, y, c: first_apply(embeddings.nac(c), x, y),
        lambda x, y, c: printed.nac(x, y, c, 0.05),
    ),
    "pedcc_mse": (embeddings.pedcc_mse, printed.pedcc_mse),
    "pedcc": (
        lambda x, y, c: embeddings.pedcc(x, y, c, margin=0.3, scale=2.0),
        lambda x, y, c: printed.pedcc(x, y, c, margin=0.3, scale=2.0, n=1),
    ),
    "contrastive": (
        lambda x, y, c: embeddings.contrastive(x, partners(x), y < 2, margin=3.0),
        lambda x, y, c: printed.contrastive(x, partners(x), y < 2, margin=3.0),
    ),
    "triplet": (
        lambda x, y, c: embeddings.triplet(x, partners(x), -partners(x), margin=5.0),
        lambda x, y, c: printed.triplet(x, partners(x), -partners(x), margin=5.0),
    ),
    "feature_incay": (
        lambda x, y, c: embeddings.feature_incay(x, y, scores_of(y), eps=0.1),
        lambda x, y, c: printed.feature_incay(x, y, scores_of(y), eps=0.1),
    ),
    "include_exclude of all classes": (
        lambda x, y, c: embeddings.include_exclude(
            x, y, c, 0.8, alpha=3.0, present_only=False
        ),
        lambda x, y, c: printed.include_exclude(x, y, c, 0.8, alpha=3.0),
    ),
    "include_exclude of the nearest, A.1": (
        lambda x, y, c: embeddings.include_exclude(
            x, y, c, 0.8, alpha=3.0, num_nearest=2, inside=True, present_only=False
        ),
        lambda x, y, c: printed.include_exclude(
            x, y, c, 0.8, alpha=3.0, nearest=2, inside=2
        ),
    ),
}


def partners(x):
    """The second of each pair: one vector for all, as features come in any shape."""
    return jnp.broadcast_to(jnp.asarray(OTHERS[0]), x.shape)


def wide(x):
    """More dimensions than the batch has examples."""
    return jnp.concatenate([x, jnp.roll(x, 1, axis=-1)], axis=-1)


def scores_of(y):
    """Logits that are right for the even classes."""
    return jax.nn.one_hot(y, CLASSES) * (1 - 2 * (y % 2))[..., None]


# Of the batch: one value, or one an example that the others have a part in; printed
# formulas give the mean.
OF_BATCHES = {
    "circle": (
        lambda x, y, c: embeddings.circle(x, y, scale=3.0),
        lambda x, y, c: printed.circle(x, y, margin=0.25, scale=3.0),
    ),
    "circle of moving weights": (
        lambda x, y, c: embeddings.circle(
            x, y, margin=0.4, scale=3.0, stop_weights=False
        ),
        lambda x, y, c: printed.circle(x, y, margin=0.4, scale=3.0, stop=lambda a: a),
    ),
    "include_exclude": (
        lambda x, y, c: embeddings.include_exclude(x, y, c, alpha=1.0),
        lambda x, y, c: printed.include_exclude_of_batch(x, y, c, alpha=1.0),
    ),
    "self_correlation": (embeddings.self_correlation, printed.self_correlation),
    "self_correlation by the Gram matrix": (
        lambda x, y, c: embeddings.self_correlation(wide(x), y, wide(c)) / 10,
        lambda x, y, c: printed.self_correlation(wide(x), y, wide(c)) / 10,
    ),
    "pod": (
        lambda x, y, c: first_apply(
            embeddings.pod(c, lam=0.5, per_dimension=True), x, y
        ),
        lambda x, y, c: (
            printed.nac(x, y, c, 0.05).mean()
            + 0.5 * printed.self_correlation(x, y, c) / (x.shape[-1] - 1)
        ),
    ),
    "pedcc of a root": (
        lambda x, y, c: embeddings.pedcc(x, y, c, margin=0.3, scale=2.0, n=3),
        lambda x, y, c: printed.pedcc(x, y, c, margin=0.3, scale=2.0, n=3).mean(),
    ),
    "barlow_twins": (
        lambda x, y, c: embeddings.barlow_twins(x, x**2 + c[y], lam=0.1),
        lambda x, y, c: printed.barlow_twins(x, x**2 + c[y], lam=0.1),
    ),
    "vicreg": (
        lambda x, y, c: embeddings.vicreg(x, x**2 + c[y]),
        lambda x, y, c: printed.vicreg(x, x**2 + c[y]),
    ),
    "orthogonality": (
        lambda x, y, c: embeddings.orthogonality(x),
        lambda x, y, c: printed.orthogonality(x),
    ),
}
EVERY = OF_EXAMPLES | OF_BATCHES


def of_labels(name, which=0):
    return lambda x, y: EVERY[name][which](x, y, centers())


def bound(name, which=0):
    return lambda x: of_labels(name, which)(x, LABELS)
