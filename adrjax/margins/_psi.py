"""The monotone function of the angle in L-Softmax and A-Softmax."""

import math

import jax


def psi(cosine: jax.Array, margin: int) -> jax.Array:
    r"""Returns a cosine of `margin` times the angle, made monotone, `[...]`.

    .. math:: \psi = (-1)^k \cos(m\theta) - 2k, \qquad
        \theta \in \left[\frac{k \pi}{m}, \frac{(k + 1) \pi}{m}\right].

    :math:`\cos(m\theta)` is the Chebyshev polynomial :math:`T_m(\cos\theta)`, whose
    recurrence needs no arccos: its derivative is finite everywhere, :math:`m^2` at
    :math:`\pm 1` and 0 at the joints.
    """
    joints = [math.cos(i * math.pi / margin) for i in range(1, margin)]
    k = sum((cosine < joint).astype(cosine.dtype) for joint in joints)
    before, polynomial = 1.0, cosine
    for _ in range(1, margin):
        before, polynomial = polynomial, 2 * cosine * polynomial - before
    return (1 - 2 * (k % 2)) * polynomial - 2 * k
