"""Transformations of jax: scan, vmap, checkpoint, forward mode, second derivatives.

They are a property of the mechanism, so the fast tier has one case of each.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax import losses
from tests import inputs
from tests.catalogue import CASES
from tests.inputs import LABELS
from tests.properties import Result, assert_close, batches_of, results

MECHANISMS = {
    "losses.cross_entropy": "a rule with arguments known while tracing",
    "losses.focal": "a formula of a rule",
    "losses.gradient_rescaling": "a rule that is not the derivative",
    "losses.chunked_cross_entropy": "a map of checkpoints",
    "regularizers.adr": "a rule with the largest of a row",
    "margins.arcface": "a rule whose settings have no gradient",
    "margins.circle": "a checkpoint",
    "margins.large_margin": "a rule that replaces a score",
    "embeddings.include_exclude, A.1": "a rule with parameters",
    "embeddings.self_correlation": "a rule of coupled examples",
    "embeddings.vicreg": "autodiff of coupled examples",
    "embeddings.nac, second epoch": "a state",
}
mechanisms = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=() if case.name in MECHANISMS else pytest.mark.long)
        for case in CASES
    ],
    ids=str,
)


def bound(case, batch):
    """Returns the values of a batch as a function of `x`."""
    return lambda x: case.ours(
        x, batch.y, jnp.asarray(batch.c, x.dtype), **case.typical
    )


@mechanisms
def test_scan_and_vmap_of_checkpoint_change_nothing(case):
    batch = batches_of(case.kind)["plain"]
    f, x = bound(case, batch), jnp.asarray(batch.x, "float32")

    def with_gradient(f):
        def total(x):
            values = f(x)
            return jnp.sum(jnp.broadcast_to(values, LABELS.shape)), values

        return jax.value_and_grad(total, has_aux=True)

    def scanned(x):
        return jax.lax.scan(lambda carry, x: (carry, f(x)), None, jnp.stack([-x, x]))[1]

    @jax.jit
    def transformed(x):
        mapped = jax.vmap(with_gradient(jax.checkpoint(f)))(jnp.stack([-x, x]))
        return {
            "scan": with_gradient(lambda x: scanned(x)[1])(x),
            "vmap of checkpoint": jax.tree.map(lambda x: x[1], mapped),
        }

    plain = results(case)["plain"]
    for (_, value), slope in transformed(x).values():
        actual = Result(value, slope, plain.c_slope)
        assert_close(actual, plain, rtol=3e-6)


STEP = 1e-6


@mechanisms
def test_forward_mode_and_second_derivatives(case):
    """Forward mode is the transpose of reverse mode, and the rules are plain."""
    seed = {"cosines": inputs.cosines, "logits": inputs.logits}.get(case.kind)
    x = np.float64((seed or inputs.logits)(1))
    t, u = inputs.normal(2, *x.shape), inputs.normal(3, *x.shape)
    f = bound(case, batches_of(case.kind)["plain"])

    def total(x):
        return jnp.sum(f(x))

    def along(x, t):
        return jax.jvp(jax.grad(total), (x,), (t,))[1]

    @jax.jit
    def program(x, t, u):
        ahead, behind = jax.vmap(jax.grad(total))(
            jnp.stack([x + STEP * t, x - STEP * t])
        )
        _, pullback = jax.vjp(jax.grad(total), x)
        return {
            "gradient": jax.grad(total)(x),
            "forward": adrjax.jvp(total, (x,), (t,))[1],
            "along t": along(x, t),
            "along u": along(x, u),
            "in reverse": pullback(u)[0],
            "quotient": (ahead - behind) / (2 * STEP),
        }

    with jax.enable_x64(True):
        found = jax.device_get(program(x, t, u))
    close = functools.partial(np.testing.assert_allclose, rtol=1e-9)
    close(found["forward"], np.sum(found["gradient"] * t), atol=1e-12)
    scale = np.abs(found["along t"]).max()
    close(np.sum(found["in reverse"] * t), np.sum(found["along t"] * u), atol=1e-9)
    if "stopped" not in case.traits:
        close(found["along t"], found["quotient"], rtol=1e-6, atol=1e-6 * scale + 1e-8)
        close(np.sum(found["along u"] * t), np.sum(found["along t"] * u), atol=1e-9)


Z, T = (inputs.logits(seed, dtype=np.float64) for seed in (1, 2))


@functools.cache
def focal_of_one_example():
    """Returns gradient, Hessian and forward Jacobian."""

    def f(z):
        return losses.focal(z, LABELS[0])

    def program(z, t):
        def forward(z):
            return adrjax.jvp(f, (z,), (t,))[1]

        return {
            "gradient": jax.grad(f)(z),
            "hessian": jax.hessian(f)(z),
            "jacobian": jax.vmap(lambda t: adrjax.jvp(f, (z,), (t,))[1])(jnp.eye(5)),
            "gradient of forward": jax.grad(forward)(z),
        }

    with jax.enable_x64(True):
        return jax.device_get(jax.jit(program)(Z[0], T[0]))


def test_jvp_mapped_over_an_identity_is_the_jacobian():
    found = focal_of_one_example()
    np.testing.assert_allclose(found["jacobian"], found["gradient"], rtol=1e-12)


def test_jvp_is_differentiated_itself():
    found = focal_of_one_example()
    expected = found["hessian"] @ T[0]
    np.testing.assert_allclose(found["gradient of forward"], expected, rtol=1e-10)


def test_plain_forward_mode_raises():
    with pytest.raises(TypeError, match=r"forward-mode autodiff .* custom_vjp"):
        jax.jvp(losses.cross_entropy, (Z, LABELS), (T, no_tangent(LABELS)))


def no_tangent(x):
    return np.zeros(np.shape(x), jax.dtypes.float0)


def objective(tree, labels):
    values = losses.gradient_rescaling(tree["z"], labels)
    return {"loss": values * tree["scale"], "labels": labels}


def test_jvp_of_trees_and_integers_under_jit():
    primals = {"z": Z, "scale": 2.0}, LABELS
    tangents = {"z": T, "scale": 3.0}, no_tangent(LABELS)

    def program(tree, labels):
        # Integers have no tangent, so none passes the border of jit.
        out, slope = adrjax.jvp(objective, (tree, labels), tangents)
        assert slope["labels"].dtype == jax.dtypes.float0
        value, pullback = jax.vjp(lambda z: losses.gradient_rescaling(z, labels), Z)
        return out, slope["loss"], value, pullback(jnp.ones(6))[0]

    with jax.enable_x64(True):
        out, slope, value, gradient = jax.device_get(jax.jit(program)(*primals))
    np.testing.assert_array_equal(out["labels"], LABELS)
    np.testing.assert_allclose(out["loss"], 2 * value, rtol=1e-12)
    np.testing.assert_allclose(
        slope, 2 * (gradient * T).sum(-1) + 3 * value, rtol=1e-10
    )


def test_jvp_under_checkpoint_and_scan():
    f = jax.checkpoint(lambda z: losses.cross_entropy(z, LABELS))

    def scanned(z):
        return jax.lax.scan(lambda c, z: (c, f(z)), 0.0, z)[1]

    @jax.jit
    def program(z, t):
        both = adrjax.jvp(scanned, (jnp.stack([z, -z]),), (jnp.stack([t, t]),))[1]
        return both[0], adrjax.jvp(f, (z,), (t,))[1]

    actual, expected = program(Z.astype(np.float32), T.astype(np.float32))
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "tangents, error",
    [((T[:3],), ValueError), ((T, T), TypeError), ((LABELS,), TypeError)],
)
def test_jvp_of_tangents_that_do_not_fit_is_refused(tangents, error):
    with pytest.raises(error, match=r"primal and tangent|primal.*and tangent"):
        adrjax.jvp(lambda z: losses.focal(z, LABELS), (Z,), tangents)
