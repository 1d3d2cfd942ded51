"""Every loss of logits and labels, and the formula its paper prints for it."""

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import losses


def probability(z, y):
    return jnp.take_along_axis(jax.nn.softmax(z), y[:, None], axis=-1)[:, 0]


def mixed(z):
    """Label noise without an order of the classes."""
    c = (np.shape(z) or (5,))[-1]
    return 0.7 * np.eye(c) + 0.3 / c


def forward_correction(z, y):
    return losses.forward_correction(z, y, transition=mixed(z))


def backward_correction(z, y):
    return losses.backward_correction(z, y, transition=mixed(z))


def complement_entropy(z, y):
    is_label = jax.nn.one_hot(y, z.shape[-1], dtype=bool)
    r = jax.nn.softmax(z, where=~is_label)
    return jnp.sum(r * jnp.log(jnp.where(is_label, 1, r)), axis=-1)


def online_label_smoothing(z, y):
    loss = losses.online_label_smoothing(len(mixed(z)))
    return loss.apply(loss.init(), z, y)[0]


# name -> (the loss, the formula as the paper prints it)
LOSSES = {
    "cross_entropy": (
        losses.cross_entropy,
        lambda z, y: -jnp.log(probability(z, y)),
    ),
    "focal": (
        losses.focal,
        lambda z, y: -((1 - probability(z, y)) ** 2) * jnp.log(probability(z, y)),
    ),
    "mean_absolute_error": (
        losses.mean_absolute_error,
        lambda z, y: 2 * (1 - probability(z, y)),
    ),
    "generalized_cross_entropy": (
        losses.generalized_cross_entropy,
        lambda z, y: (1 - probability(z, y) ** 0.7) / 0.7,
    ),
    "gradient_rescaling": (
        losses.gradient_rescaling,
        lambda z, y: -jnp.log(probability(z, y)),
    ),
    "truncated_generalized_cross_entropy": (
        losses.truncated_generalized_cross_entropy,
        lambda z, y: (1 - jnp.maximum(probability(z, y), 0.5) ** 0.7) / 0.7,
    ),
    "reverse_cross_entropy": (
        losses.reverse_cross_entropy,
        lambda z, y: 4 * (1 - probability(z, y)),
    ),
    "symmetric_cross_entropy": (
        losses.symmetric_cross_entropy,
        lambda z, y: -0.1 * jnp.log(probability(z, y)) + 4 * (1 - probability(z, y)),
    ),
    "forward_correction": (
        forward_correction,
        lambda z, y: (
            -jnp.log(jnp.sum(jax.nn.softmax(z) * jnp.asarray(mixed(z).T)[y], axis=-1))
        ),
    ),
    "backward_correction": (
        backward_correction,
        lambda z, y: (
            -jnp.sum(
                jnp.asarray(np.linalg.inv(mixed(z)))[y] * jax.nn.log_softmax(z), axis=-1
            )
        ),
    ),
    "complement_entropy": (losses.complement_entropy, complement_entropy),
    "online_label_smoothing": (
        online_label_smoothing,
        lambda z, y: (
            -0.5 * jnp.log(probability(z, y)) - 0.5 * jax.nn.log_softmax(z).mean(-1)
        ),
    ),
}
# Those that ask every class for some probability.
OF_ALL_CLASSES = {"backward_correction", "online_label_smoothing"}
# Those whose gradient is, by design, not the derivative of their value.
RESCALED = {"gradient_rescaling"}
