"""The formulas as their papers print them, for float64 autodiff to differentiate."""

import jax
import jax.numpy as jnp


def norms(x):
    return jnp.linalg.norm(x, axis=-1)


def directions(x):
    return x / norms(x)[..., None]


def center(x, y, c):
    return norms(x - c[y]) ** 2 / 2


def nac(x, y, c, delta, *, hypot=False):
    h = jnp.sqrt(norms(x) ** 2 + delta**2) if hypot else norms(x) + delta
    return (1 - jnp.sum(x * c[y], axis=-1) / h) ** 2


def pedcc_mse(x, y, c):
    return norms(directions(x) - c[y]) ** 2 / 2


def pedcc(x, y, c, *, margin, scale, n):
    own = jax.nn.one_hot(y, len(c))
    p = jax.nn.softmax(scale * (directions(x) @ c.T - margin * own))
    am = -jnp.log(jnp.sum(own * p, axis=-1))
    mse = pedcc_mse(x, y, c)
    return am + (mse if n == 1 else jnp.mean(mse) ** (1 / n))


def contrastive(a, b, same, *, margin):
    d = norms(a - b)
    return jnp.where(same, d**2, jnp.maximum(margin - d, 0) ** 2) / 2


def triplet(a, p, n, *, margin):
    return jnp.maximum(norms(a - p) ** 2 - norms(a - n) ** 2 + margin, 0)


def feature_incay(x, y, logits, *, eps):
    right = jnp.argmax(logits, axis=-1) == y
    return right / (norms(x) ** 2 + eps)


def circle(x, y, *, margin, scale, stop=jax.lax.stop_gradient):
    """The mean over the batch, Eq. (6) with the pairs of each example in loops."""
    s = directions(x) @ directions(x).T
    values = []
    for i in range(len(y)):
        others = [j for j in range(len(y)) if j != i]
        s_p = [s[i, j] for j in others if y[j] == y[i]]
        s_n = [s[i, j] for j in others if y[j] != y[i]]
        within = sum(
            jnp.exp(-scale * stop(jax.nn.relu(1 + margin - t)) * (t - 1 + margin))
            for t in s_p
        )
        between = sum(
            jnp.exp(scale * stop(jax.nn.relu(t + margin)) * (t - margin)) for t in s_n
        )
        values.append(jnp.log(1 + within * between))
    return jnp.mean(jnp.stack(values))


def include_exclude(f, y, c, variance, *, alpha, nearest=None, inside=1, present=None):
    d = jnp.sum((f[..., None, :] - c) ** 2, axis=-1)
    own = jax.nn.one_hot(y, len(c), dtype=bool)
    others = ~own if present is None else ~own & present
    if nearest is not None:
        ranks = jnp.argsort(
            jnp.argsort(jnp.where(others, d, jnp.inf), axis=-1), axis=-1
        )
        others &= ranks < nearest
    near = jnp.exp(-jnp.sum(jnp.where(own, d, 0), axis=-1) / (2 * variance) - alpha)
    far = jnp.exp(-d / (2 * variance * inside))
    return jnp.maximum(-jnp.log(near / jnp.sum(jnp.where(others, far, 0), axis=-1)), 0)


def include_exclude_of_batch(f, y, c, *, alpha):
    variance = jnp.sum((f - c[y]) ** 2) / (len(y) - 1)
    present = jnp.isin(jnp.arange(len(c)), y)
    return include_exclude(
        f, y, c, jax.lax.stop_gradient(variance), alpha=alpha, present=present
    ).mean()


def self_correlation(x, y, c):
    d = (directions(x) - c[y]).T  # each column a sample
    r = d @ d.T / (len(y) - 1)
    return jnp.sum(r**2) - jnp.sum(jnp.diagonal(r) ** 2)


def barlow_twins(a, b, *, lam):
    c = jnp.corrcoef(a, b, rowvar=False)[: a.shape[1], a.shape[1] :]
    on = jnp.diagonal(c)
    return jnp.sum((1 - on) ** 2) + lam * (jnp.sum(c**2) - jnp.sum(on**2))


def vicreg(a, b):
    def of_one(z):
        c = jnp.cov(z, rowvar=False)
        v = jnp.mean(jnp.maximum(1 - jnp.sqrt(jnp.diagonal(c) + 1e-4), 0))
        return 25 * v + (jnp.sum(c**2) - jnp.sum(jnp.diagonal(c) ** 2)) / len(c)

    return 25 * jnp.mean(jnp.sum((a - b) ** 2, axis=-1)) + of_one(a) + of_one(b)


def orthogonality(w):
    c = directions(w) @ directions(w).T
    pairs = len(w) * (len(w) - 1)
    return (jnp.sum(c**2) - jnp.sum(jnp.diagonal(c) ** 2)) / pairs
