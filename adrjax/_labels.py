"""What a label picks out of the classes."""

import jax
import jax.numpy as jnp

from adrjax._devices import psum


def label_logit(
    logits: jax.Array, labels: jax.Array, class_axis: str | None = None
) -> jax.Array:
    """Returns the logit of the label, `[...]`; of no meaning where it names none."""

    def gathered(logits, labels):
        return jnp.take_along_axis(logits, labels[..., None], axis=-1, mode="clip")

    def summed(logits, labels):  # fused into another reduction of the row
        label = label_mask(logits, labels)
        return jnp.sum(jnp.where(label, logits, 0), axis=-1, keepdims=True)

    label = jax.lax.platform_dependent(logits, labels, cpu=gathered, default=summed)
    label = label[..., 0]
    if class_axis is None:
        return label
    return psum(jnp.where(is_valid_label(logits, labels), label, 0), class_axis)


def label_mask(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns which entry is that of the label, bool `[..., num_classes]`."""
    classes = jax.lax.broadcasted_iota(labels.dtype, logits.shape, logits.ndim - 1)
    return classes == labels[..., None]


def is_valid_label(
    logits: jax.Array, labels: jax.Array, class_axis: str | None = None
) -> jax.Array:
    """Returns whether each label names a class of the logits, bool `[...]`."""
    is_here = has_class(labels, logits.shape[-1])
    if class_axis is None:
        return is_here
    return psum(is_here.astype(jnp.int32), class_axis) > 0


def has_class(labels: jax.Array, num_classes: int) -> jax.Array:
    """Returns whether each label names a class, bool `[...]`."""
    return (labels >= 0) & (labels < num_classes)


def take_rows(matrix: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns the row of each label, 0 where it names no class, `[..., columns]`."""
    known = has_class(labels, len(matrix))
    matrix = jnp.asarray(matrix)
    return jnp.where(known[..., None], matrix[jnp.where(known, labels, 0)], 0)
