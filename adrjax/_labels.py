"""Selections of classes by integer labels."""

import jax
import jax.numpy as jnp

from adrjax._devices import out_sharding, psum, shard_like, spec


def label_logit(
    logits: jax.Array, labels: jax.Array, class_axis: str | None = None
) -> jax.Array:
    """Returns the logit of the label, `[...]`; undefined if it is not a class."""

    def gathered(logits, labels):
        return jnp.take_along_axis(logits, labels[..., None], axis=-1, mode="clip")

    def summed(logits, labels):  # fused into another reduction of the row
        label = label_mask(logits, labels)
        return jnp.sum(jnp.where(label, logits, 0), axis=-1, keepdims=True)

    # A gather cannot cross shards of the classes.
    cpu = gathered if spec(logits)[-1] is None else summed
    label = jax.lax.platform_dependent(logits, labels, cpu=cpu, default=summed)
    label = label[..., 0]
    if class_axis is None:
        return label
    return psum(jnp.where(is_valid_label(logits, labels), label, 0), class_axis)


def label_mask(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns whether each class is the label, bool `[..., num_classes]`."""
    is_sharded = spec(logits)[-1] is not None
    sharding = out_sharding(spec(logits), logits) if is_sharded else None
    classes = jax.lax.broadcasted_iota(
        labels.dtype, logits.shape, logits.ndim - 1, out_sharding=sharding
    )
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
    """Returns the row of each label, `[..., columns]`; 0 if it is not a class."""
    return matrix.at[labels].get(
        mode="fill",
        fill_value=0,
        wrap_negative_indices=False,
        out_sharding=out_sharding((*spec(labels), *spec(matrix)[1:]), labels, matrix),
    )


def add_rows(rows: jax.Array, labels: jax.Array, num_classes: int) -> jax.Array:
    """Returns the sum of the rows of each label, `[num_classes, ...]`.

    It is the transpose of `take_rows`: a label that is not a class adds nothing. A
    scatter adds one row after another, and loses digits from some 10,000 rows on (the
    pixels of a batch). So at most 4096 rows are added to each of several sums.
    """
    sums = max(-(-labels.size // 4096), 1)
    which = shard_like(jnp.arange(labels.size).reshape(labels.shape) % sums, labels)
    columns = rows.shape[labels.ndim :]
    sharding = out_sharding((None, None, *spec(rows)[labels.ndim :]), rows)
    added = (
        jnp.zeros((sums, num_classes, *columns), rows.dtype)
        .at[which, labels]
        .add(rows, mode="drop", wrap_negative_indices=False, out_sharding=sharding)
    )
    return jnp.sum(added, axis=0)
