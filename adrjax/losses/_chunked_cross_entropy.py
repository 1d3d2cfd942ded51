"""Cross entropy of many classes, a chunk of logits at a time."""

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
    r"""Cross entropy of many classes, a chunk of logits at a time.

    The value and gradient equal `losses.cross_entropy(logits(...), labels)`. Only one
    chunk of logits is in memory at a time, because the backward pass computes each
    chunk again; this costs one more product of features and weights.

    .. math:: L = \log \sum_k e^{\ell_k} - z_y, \qquad
        \ell_k = \log \sum_{j \in \mathrm{chunk}\,k} e^{z_j}.

    With the logits of ArcFace:

        losses.chunked_cross_entropy(
            features, weights, labels, num_chunks=40,
            logits=lambda x, w, y: margins.arcface(margins.cosines(x, w), y),
        )

    A label outside 0..num_classes-1 raises if it is known while tracing. If it is
    traced, its loss is NaN and its gradient 0.

    Args:
        features: The input of the head for each example, `[..., dim]`.
        weights: One vector per class, `[num_classes, dim]`.
        labels: Integer classes, `[...]`.
        logits: Maps features, the weights of a chunk and labels counted from the
            chunk's first class to logits, `[..., num_classes / num_chunks]`. The label
            of an example of another chunk is out of range there, and `margins` add no
            margin for it.
        num_chunks: The number of chunks of classes; it must divide `num_classes`.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If an input has the wrong dtype, or `num_chunks` is not an integer.
        ValueError: If the shapes do not fit, a label is not a class, or the chunks do
            not divide the classes.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import losses
        >>> x, w, y = jnp.array([2.0, 1.0]), jnp.eye(4, 2), 0
        >>> logits = lambda x, w, y: x @ w.T
        >>> loss = losses.chunked_cross_entropy(x, w, y, logits=logits, num_chunks=2)
        >>> print(f"{loss:.3f}")
        0.494

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Eq. (1); the chunks are not in the paper.
    """
    features, labels, weights = _vector_checks.features_and_labels(
        features, labels, weights, "weights"
    )
    num_classes = len(weights)
    num_chunks = _checks.count(
        "num_chunks", num_chunks, low=1, high=num_classes, of=" classes"
    )
    size, rest = divmod(num_classes, num_chunks)
    if rest:
        raise ValueError(
            f"num_chunks={num_chunks} must divide the {num_classes} classes; "
            f"{_next_divisor(num_classes, num_chunks)} does"
        )

    @jax.checkpoint
    def of_chunk(chunk: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        weights, first = chunk
        shifted = labels - first
        z = logits(features, weights, shifted)
        label = jnp.where(has_class(shifted, size), label_logit(z, shifted), 0)
        return jax.nn.logsumexp(z, axis=-1), label

    firsts = size * jnp.arange(num_chunks, dtype=labels.dtype)
    chunks = weights.reshape(num_chunks, size, -1), firsts
    log_partitions, label = jax.lax.map(of_chunk, chunks)
    loss = jax.nn.logsumexp(log_partitions, axis=0) - jnp.sum(label, axis=0)
    return jnp.where(has_class(labels, num_classes), loss, jnp.nan)


def _next_divisor(n: int, k: int) -> int:
    return next(divisor for divisor in range(k, n + 1) if n % divisor == 0)
