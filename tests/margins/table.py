"""Every margin, and the logits its paper prints for it."""

import jax
import jax.numpy as jnp

from adrjax import margins

SCALE = 3.0  # small, so that no softmax hides an error


def label_of(z, y):
    return jnp.take_along_axis(z, y[..., None], axis=-1)[..., 0]


def combined(z, y, m1, m2, m3):
    angle = jnp.arccos(label_of(z, y))
    return jnp.cos(m1 * angle + m2) - m3


def falling_cosine(angle, m):
    k = jnp.floor(angle * m / jnp.pi)
    return (-1) ** k * jnp.cos(m * angle) - 2 * k


def circle(z, y, m):
    own = jax.nn.one_hot(y, z.shape[-1], dtype=bool)
    a_p = jax.lax.stop_gradient(jax.nn.relu(1 + m - z))
    a_n = jax.lax.stop_gradient(jax.nn.relu(z + m))
    return jnp.where(own, a_p * (z - 1 + m), a_n * (z - m))


def put(z, y, own):
    return jnp.where(jax.nn.one_hot(y, z.shape[-1], dtype=bool), own[..., None], z)


# Of cosines: name -> (the margin, its logits as the paper prints them)
OF_COSINES = {
    "cosface": (
        lambda c, y: margins.cosface(c, y, margin=0.35, scale=SCALE),
        lambda c, y: SCALE * put(c, y, label_of(c, y) - 0.35),
    ),
    "arcface": (
        lambda c, y: margins.arcface(c, y, margin=0.5, scale=SCALE),
        lambda c, y: SCALE * put(c, y, combined(c, y, 1.0, 0.5, 0.0)),
    ),
    "combined_margin": (
        lambda c, y: margins.combined_margin(
            c, y, m1=0.9, m2=0.4, m3=0.15, scale=SCALE
        ),
        lambda c, y: SCALE * put(c, y, combined(c, y, 0.9, 0.4, 0.15)),
    ),
    "circle": (
        lambda c, y: margins.circle(c, y, margin=0.25, scale=SCALE),
        lambda c, y: SCALE * circle(c, y, 0.25),
    ),
}


def angles(x, w, y):
    cosines = jnp.sum(x * w[y], -1) / norms(x) / norms(w[y])
    return jnp.arccos(cosines)


def norms(x):
    return jnp.linalg.norm(x, axis=-1)


# Of features and weights.
OF_FEATURES = {
    "cosines": (
        lambda x, w, y: SCALE * margins.cosines(x, w),
        lambda x, w, y: SCALE * (x @ w.T) / norms(x)[..., None] / norms(w),
    ),
    "large_margin": (
        lambda x, w, y: margins.large_margin(x, w, y, margin=3, lam=0.5),
        lambda x, w, y: put(
            x @ w.T,
            y,
            norms(x)
            * norms(w[y])
            * (0.5 * jnp.cos(angles(x, w, y)) + falling_cosine(angles(x, w, y), 3))
            / 1.5,
        ),
    ),
    "sphereface": (
        lambda x, w, y: margins.sphereface(x, w, y, margin=4, lam=0.5),
        lambda x, w, y: put(
            x @ w.T / norms(w),
            y,
            norms(x)
            * (0.5 * jnp.cos(angles(x, w, y)) + falling_cosine(angles(x, w, y), 4))
            / 1.5,
        ),
    ),
}
