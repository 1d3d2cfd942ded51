"""Cross entropy of a head whose logits never exist all at once."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._labels import has_class, label_logit


def chunked_cross_entropy(
    features: ArrayLike,
    weights: ArrayLike,
    labels: ArrayLike,
    *,
    logits: Callable[[jax.Array, jax.Array, jax.Array], jax.Array],
    num_chunks: int,
) -> jax.Array:
    r"""Cross entropy of many classes, whose logits are made chunk by chunk.

    .. math:: L = \log \sum_k e^{\ell_k} - z_y, \qquad
        \ell_k = \log \sum_{j \in \mathrm{chunk}\,k} e^{z_j}.

    The value and gradient of `losses.cross_entropy(logits(...), labels)`, in the memory
    that the logits of one chunk need, for one more product of features and weights: the
    backward pass makes each chunk's logits anew.

        losses.chunked_cross_entropy(
            features, weights, labels, num_chunks=40,
            logits=lambda x, w, y: margins.arcface(margins.cosines(x, w), y),
        )

    A label outside 0..num_classes-1 raises where it is known while tracing. Where it is
    not, its loss is NaN and its gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        weights: One vector a class, `[num_classes, dim]`.
        labels: Integer classes, `[...]`.
        logits: Maps features, the weights of a chunk and labels counted from its first
            class to logits, `[..., num_classes / num_chunks]`. A label of another chunk
            names no class there, and `margins` leave it without a margin.
        num_chunks: Into how many to cut the classes; it must divide them.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If an input has the wrong dtype, or `num_chunks` is no whole number.
        ValueError: If the shapes do not fit, a label names no class, or the chunks do
            not divide the classes.

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Eq. (1); the chunks are not in the paper.
    """
    features, labels, weights = _vector_checks.features_and_labels(
        features, labels, weights, "weights"
    )
    num_classes = len(weights)
    _checks.count("num_chunks", num_chunks, low=1, high=num_classes, of=" classes")
    size, rest = divmod(num_classes, num_chunks)
    if rest:
        raise ValueError(
            f"num_chunks={num_chunks} must divide the {num_classes} classes; "
            f"{_next_divisor(num_classes, num_chunks)} does"
        )

    @jax.checkpoint
    def of_chunk(chunk):
        weights, first = chunk
        z = logits(features, weights, labels - first)
        own = jnp.where(
            has_class(labels - first, size), label_logit(z, labels - first), 0
        )
        return jax.nn.logsumexp(z, axis=-1), own

    chunks = weights.reshape(num_chunks, size, -1), size * jnp.arange(num_chunks)
    log_partitions, own = jax.lax.map(of_chunk, chunks)
    loss = jax.nn.logsumexp(log_partitions, axis=0) - jnp.sum(own, axis=0)
    return jnp.where(has_class(labels, num_classes), loss, jnp.nan)


def _next_divisor(n, k):
    return next(divisor for divisor in range(k, n + 1) if n % divisor == 0)
