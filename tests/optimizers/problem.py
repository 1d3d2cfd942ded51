"""A least-squares problem whose gradients depend on where the parameters are."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

RNG = np.random.default_rng(0)
PARAMS = {
    "backbone": {"kernel": RNG.normal(size=(4, 3)), "bias": RNG.normal(size=3)},
    "head": {"centers": RNG.normal(size=(2, 3))},
}
INPUTS = RNG.normal(size=(12, 4))


def loss(params, inputs=INPUTS):
    """Works on arrays of jax and of torch."""
    kernel, bias = params["backbone"]["kernel"], params["backbone"]["bias"]
    x = inputs @ kernel + bias[None]
    far = ((x[:, None] - params["head"]["centers"][None]) ** 2).sum(-1)
    return (far[:, 0] + 0.1 * far[:, 1] ** 2).mean() / 100


def train(optimizer, steps, gradients=None, params=PARAMS, batches=None, **extra):
    """Returns the parameters after each step, on top of each other.

    Args:
        optimizer: The optimizer.
        steps: The number of steps.
        gradients: One tree for all steps, or None for the gradients of the problem.
        params: The first parameters.
        batches: The inputs of each step, or None for all inputs each time.
        **extra: Further arguments of `update`, one value a step.
    """
    optimizer = optax.with_extra_args_support(optimizer)

    def step(carry, batch_and_extra):
        params, state = carry
        batch, extra = batch_and_extra
        inputs = INPUTS if batch is None else batch
        slopes = jax.grad(loss)(params, inputs) if gradients is None else gradients
        updates, state = optimizer.update(slopes, state, params, **extra)
        params = optax.apply_updates(params, updates)
        return (params, state), params

    with jax.enable_x64(True):
        params = jax.tree.map(jnp.asarray, params)
        extra = {name: jnp.asarray(values) for name, values in extra.items()}
        carry = params, optimizer.init(params)

        def run():
            return jax.lax.scan(step, carry, (batches, extra), length=steps)[1]

        return jax.jit(run)()


def rates(optimizer, steps, **extra):
    """Returns the steps of an optimizer without momentum along the gradient 1."""
    path = train(optimizer, steps, np.ones(()), np.zeros(()), **extra)
    return -np.diff(path, prepend=0)
