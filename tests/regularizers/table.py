"""Every regularizer of logits, and the formula its paper prints for it."""

import functools

import jax
import jax.numpy as jnp

from adrjax.regularizers import adr, entropy, exponential_variance, gsc, variance


def normalized_entropy(z):
    p = jax.nn.softmax(z)
    return -jnp.sum(p * jnp.log(p), axis=-1) / jnp.log(z.shape[-1])


def sum_of_squares(z, tau=2, mean=0.0):
    return jnp.sum((jax.lax.top_k(jax.nn.softmax(z), tau)[0] - mean) ** 2, axis=-1)


def gini(z):
    p, c = jax.nn.softmax(z), z.shape[-1]
    return c / (c - 1) * jnp.sum(p * (1 - p), axis=-1)


def equation_4(z, tau=2, phi=normalized_entropy, t=sum_of_squares):
    width = (jnp.sqrt(2 * jnp.pi) * phi(z)) ** -tau
    return width * jnp.exp(-t(z) / (2 * phi(z)))


def equation_14(z, tau=3):
    phi = normalized_entropy(z)
    kernel = jnp.exp(-sum_of_squares(z, tau) / (2 * phi))
    return kernel / (2 * jnp.pi * phi) ** (tau / 2)


def gaussian(z, sigma, tau=2, mean=0.0):
    kernel = jnp.exp(-sum_of_squares(z, tau, mean) / (2 * sigma**2))
    return kernel / (jnp.sqrt(2 * jnp.pi) * sigma) ** tau


def partial(f, **options):
    return functools.partial(f, **options)


# name -> (the regularizer, the formula as the paper prints it)
REGULARIZERS = {
    "entropy": (entropy, lambda z: normalized_entropy(z) * jnp.log(z.shape[-1])),
    "entropy, normalized": (partial(entropy, normalize=True), normalized_entropy),
    "variance": (variance, gini),
    "adr": (adr, equation_4),
    "adr, tau = c": (
        partial(adr, tau=5),
        lambda z: equation_4(z, 5, t=partial(sum_of_squares, tau=5)),
    ),
    "adr, eq14": (partial(adr, form="eq14", tau=3), equation_14),
    "adr, kernel": (
        partial(adr, form="kernel"),
        lambda z: jnp.exp(-sum_of_squares(z) / (2 * normalized_entropy(z))),
    ),
    "adr, variance": (
        partial(adr, uncertainty="variance"),
        partial(equation_4, phi=gini),
    ),
    "adr, l1": (
        partial(adr, statistic="l1"),
        partial(equation_4, t=lambda z: jax.lax.top_k(jax.nn.softmax(z), 2)[0].sum(-1)),
    ),
    "adr, stopped": (
        partial(adr, stop_uncertainty=True),
        partial(equation_4, phi=lambda z: jax.lax.stop_gradient(normalized_entropy(z))),
    ),
    "adr, threshold": (
        partial(adr, threshold=0.9),  # none of the test's rows has two above it
        lambda z: equation_4(z, tau=1, t=partial(sum_of_squares, tau=1)),
    ),
    "exponential_variance": (exponential_variance, partial(equation_4, phi=gini)),
    "gsc": (gsc, lambda z: gaussian(z, normalized_entropy(z))),
    "gsc, in nats": (
        partial(gsc, normalize=False),
        lambda z: gaussian(z, normalized_entropy(z) * jnp.log(z.shape[-1])),
    ),
    "gsc, mean": (
        partial(gsc, mean=0.3, top_c=3),
        lambda z: gaussian(z, normalized_entropy(z), tau=3, mean=0.3),
    ),
    "gsc, stopped": (
        partial(gsc, stop_uncertainty=True),
        lambda z: gaussian(z, jax.lax.stop_gradient(normalized_entropy(z))),
    ),
    "gsc, threshold": (
        partial(gsc, threshold=0.9),
        lambda z: gaussian(z, normalized_entropy(z), tau=1),
    ),
}
# Those whose value is not differentiated in full, so that no difference quotient fits.
STOPPED = {"adr, stopped", "gsc, stopped"}
