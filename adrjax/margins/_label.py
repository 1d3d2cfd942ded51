"""Replacement of the label's score."""

import jax
import jax.numpy as jnp

from adrjax._labels import label_mask


# Own rule because autodiff would keep the mask, `[..., num_classes]`, which the labels
# recompute.
@jax.custom_vjp
def replace_label(scores: jax.Array, labels: jax.Array, score: jax.Array) -> jax.Array:
    """Returns the scores with the label's replaced, `[..., num_classes]`."""
    return _fwd(scores, labels, score)[0]


def _fwd(scores, labels, score):
    return jnp.where(label_mask(scores, labels), score[..., None], scores), labels


def _bwd(labels, cotangent):
    label = label_mask(cotangent, labels)
    of_label = jnp.sum(jnp.where(label, cotangent, 0), axis=-1)
    return jnp.where(label, 0, cotangent), None, of_label


replace_label.defvjp(_fwd, _bwd)
