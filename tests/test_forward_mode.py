"""Forward mode through every rule is the transpose of reverse mode."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax import losses, regularizers, targets
from tests import battery
from tests.battery import LABELS
from tests.losses.table import LOSSES, RESCALED
from tests.regularizers.table import REGULARIZERS, STOPPED


def to_itself(target):
    return lambda z, y: losses.cross_entropy(z, target(z, y))


def to_teacher(z, y):
    return losses.distillation(z, 3.0 * jax.nn.one_hot(y, z.shape[-1]))


# name -> function of logits and labels
FUNCTIONS = {
    **{name: loss for name, (loss, _) in LOSSES.items()},
    **{
        name: lambda z, y, f=regularizer: f(z)
        for name, (regularizer, _) in REGULARIZERS.items()
    },
    "distillation": to_teacher,
    "bootstrap_soft": to_itself(targets.bootstrap_soft),
    "bootstrap_hard": to_itself(targets.bootstrap_hard),
    "spatial_continuity": lambda z, y: regularizers.spatial_continuity(
        z[..., None, None]
    ),
}
every = pytest.mark.parametrize("name", FUNCTIONS)
Z, T = (battery.logits(seed, dtype=np.float64) for seed in (1, 2))
STEP = 1e-6


@functools.cache
def derivatives(name):
    """Returns those of one row, by their names, compiled as one program."""

    def of_row(z, t):
        def f(z):
            return FUNCTIONS[name](z, LABELS[0])

        gradient = jax.grad(f)
        here, ahead, behind = jax.vmap(gradient)(
            jnp.stack([z, z + STEP * t, z - STEP * t])
        )
        return {
            "value": f(z),
            "switch": adrjax.jvp(f, (z,), (t,)),
            "gradient": here,
            "hessian": jax.hessian(f)(z),
            "twice in reverse": jax.jacrev(gradient)(z),
            "along": jax.jvp(gradient, (z,), (t,))[1],
            "quotient": (ahead - behind) / (2 * STEP),
        }

    with jax.enable_x64(True):
        row = jax.jit(of_row)(Z[0], T[0])
    return jax.tree.map(np.asarray, row)


@every
def test_the_switch_gives_the_gradient_times_the_tangent(name):
    row = derivatives(name)
    value, slope = row["switch"]
    np.testing.assert_allclose(value, row["value"], rtol=1e-12)
    np.testing.assert_allclose(slope, row["gradient"] @ T[0], rtol=1e-10, atol=1e-14)


@every
def test_second_derivatives_need_no_switch(name):
    row = derivatives(name)
    close = functools.partial(np.testing.assert_allclose, rtol=1e-10, atol=1e-14)
    close(row["hessian"], row["twice in reverse"])
    close(row["hessian"] @ T[0], row["along"])
    if name not in STOPPED:
        close(row["along"], row["quotient"], rtol=1e-6, atol=1e-8)
    if name not in STOPPED | RESCALED:
        close(row["hessian"], row["hessian"].T)


def objective(tree, labels):
    values = losses.gradient_rescaling(tree["z"], labels)
    return {"loss": values * tree["scale"], "labels": labels}


def test_plain_forward_mode_raises():
    with pytest.raises(TypeError, match=r"forward-mode autodiff .* custom_vjp"):
        jax.jvp(losses.cross_entropy, (Z, LABELS), (T, no_tangent(LABELS)))


def no_tangent(x):
    return np.zeros(np.shape(x), jax.dtypes.float0)


def test_trees_integers_and_jit():
    primals = {"z": Z, "scale": 2.0}, LABELS
    tangents = {"z": T, "scale": 3.0}, no_tangent(LABELS)
    with jax.enable_x64(True):
        # Integers have no tangent, so that none passes the border of jit.
        jitted = jax.jit(lambda *p: adrjax.jvp(objective, p, tangents))
        out, slope = jitted(*primals)
        np.testing.assert_array_equal(out["labels"], LABELS)
        assert slope["labels"].dtype == jax.dtypes.float0
        gradient = battery.gradient(lambda z: losses.gradient_rescaling(z, LABELS), Z)
        value = losses.gradient_rescaling(Z, LABELS)
        np.testing.assert_allclose(out["loss"], 2 * value, rtol=1e-12)
        np.testing.assert_allclose(
            slope["loss"], 2 * (gradient * T).sum(-1) + 3 * value, rtol=1e-10
        )


def test_mapped_over_an_identity_it_is_the_jacobian():
    def f(z):
        return losses.focal(z, LABELS[0])

    along = jax.jit(jax.vmap(lambda t: adrjax.jvp(f, (Z[0],), (t,))[1]))
    with jax.enable_x64(True):
        jacobian = derivatives("focal")["gradient"]
        np.testing.assert_allclose(along(np.eye(5)), jacobian, rtol=1e-12)


def test_it_is_differentiated_itself():
    def f(z):
        return losses.focal(z, LABELS[0])

    slope = jax.jit(jax.grad(lambda z: adrjax.jvp(f, (z,), (T[0],))[1]))
    with jax.enable_x64(True):
        along = derivatives("focal")["along"]
        np.testing.assert_allclose(slope(Z[0]), along, rtol=1e-10)


def test_under_checkpoint_and_scan():
    f = jax.checkpoint(lambda z: losses.cross_entropy(z, LABELS))

    def scanned(z):
        return jax.lax.scan(lambda c, z: (c, f(z)), 0.0, z)[1]

    z, t = Z.astype(np.float32), T.astype(np.float32)
    slope = adrjax.jvp(scanned, (jnp.stack([z, -z]),), (jnp.stack([t, t]),))[1]
    np.testing.assert_allclose(slope[0], adrjax.jvp(f, (z,), (t,))[1], rtol=1e-5)


@pytest.mark.parametrize(
    "tangents, error",
    [((T[:3],), ValueError), ((T, T), TypeError), ((LABELS,), TypeError)],
)
def test_tangents_that_do_not_fit_are_refused(tangents, error):
    with pytest.raises(error, match=r"primal and tangent|primal.*and tangent"):
        adrjax.jvp(lambda z: losses.focal(z, LABELS), (Z,), tangents)
