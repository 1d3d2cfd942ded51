"""Eight devices give what one gives with the whole batch. The next loss is one line."""

import functools

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
import numpy as np
import pytest

import adrjax
from adrjax import embeddings, losses, regularizers

DEVICES, ROWS, DIM, CLASSES = 8, 3, 6, 5


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


X = normal(0, DEVICES, ROWS, DIM)
LABELS = np.random.default_rng(1).integers(0, CLASSES, (DEVICES, ROWS))
PARAMETERS = {"weights": normal(2, DIM, DIM), "centers": normal(3, CLASSES, DIM)}
WIDE = normal(4, DIM, 32)  # more dimensions than the batch has examples


def of_features(f):
    """A loss of features, labels and centers; the keyword is the device axis."""
    return lambda c, axis: adrjax.stateless(lambda x, y: f(x, y, c, axis_name=axis))


def of_logits(f):
    return of_features(lambda x, y, c, axis_name: f(x @ c.T, y, axis_name=axis_name))


def of_views(f):
    return of_features(lambda x, y, c, axis_name: f(x, c[y], axis_name=axis_name))


def on_logits(loss):
    def apply(c, state, x, y):
        return loss.apply(state, x @ c.T, y)

    return lambda c: loss._replace(apply=functools.partial(apply, c))


partial = functools.partial

# name -> the loss of features and labels that some centers and a device axis make.
LOSSES = {
    "losses.gradient_rescaling": of_logits(
        partial(losses.gradient_rescaling, normalize=True)
    ),
    "losses.online_label_smoothing": lambda c, axis: on_logits(
        losses.online_label_smoothing(CLASSES, axis_name=axis)
    )(c),
    "regularizers.adr": of_logits(
        lambda z, y, axis_name: regularizers.adr(z, scope="batch", axis_name=axis_name)
    ),
    "regularizers.adr, stopped": of_logits(
        lambda z, y, axis_name: regularizers.adr(
            z, scope="batch", stop_uncertainty=True, axis_name=axis_name
        )
    ),
    "embeddings.circle": of_features(
        lambda x, y, c, axis_name: embeddings.circle(
            x, y, scale=3.0, axis_name=axis_name
        )
    ),
    "embeddings.include_exclude": of_features(
        partial(embeddings.include_exclude, alpha=1.0)
    ),
    "embeddings.include_exclude, its variance learned": of_features(
        lambda x, y, c, axis_name: embeddings.include_exclude(
            x, y, c, jnp.exp(c[0, 0]), num_nearest=2, axis_name=axis_name
        )
    ),
    "embeddings.self_correlation": of_features(embeddings.self_correlation),
    "embeddings.self_correlation, by the Gram matrix": of_features(
        lambda x, y, c, axis_name: embeddings.self_correlation(
            x @ WIDE, y, c @ WIDE, axis_name=axis_name
        )
    ),
    "embeddings.nac": lambda c, axis: embeddings.nac(c, alpha=0.5, axis_name=axis),
    "embeddings.pod": lambda c, axis: embeddings.pod(c, alpha=0.5, axis_name=axis),
    "embeddings.pedcc": of_features(partial(embeddings.pedcc, scale=2.0, n=3)),
    "embeddings.running_center": lambda c, axis: embeddings.running_center(
        CLASSES, DIM, axis_name=axis
    ),
    "embeddings.barlow_twins": of_views(embeddings.barlow_twins),
    "embeddings.vicreg": of_views(embeddings.vicreg),
}


def step(loss_of, axis, parameters, state, x, y):
    """What a trainer does: the mean loss, its gradient and the next state."""

    def mean(parameters):
        loss = loss_of(parameters["centers"], axis)
        values, following = loss.apply(state, x @ parameters["weights"], y)
        return jnp.mean(values), following

    (value, following), slopes = jax.value_and_grad(mean, has_aux=True)(parameters)
    return value, slopes, following


def split_step(loss_of, parameters, state, x, y):
    # Without it, shard_map that checks replication would sum the gradients by itself.
    parameters = jax.lax.pcast(parameters, "batch", to="varying")
    value, slopes, following = step(loss_of, "batch", parameters, state, x, y)
    return *jax.lax.pmean((value, slopes), "batch"), following


def by_pmap(f):
    return jax.pmap(f, "batch", in_axes=(None, None, 0, 0), out_axes=None)


def by_shard_map(f, **options):
    mesh = jax.make_mesh(
        (DEVICES,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,)
    )
    whole, split = PartitionSpec(), PartitionSpec("batch")
    specs = {"in_specs": (whole, whole, split, split), "out_specs": whole}

    def flat(parameters, state, x, y):
        return f(parameters, state, x[0], y[0])

    return jax.jit(jax.shard_map(flat, mesh=mesh, **specs, **options))


WRAPPERS = {
    "pmap": by_pmap,
    "shard_map": partial(by_shard_map, check_vma=False),
    "shard_map that checks replication": by_shard_map,
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", LOSSES)
def test_devices_do_not_matter(name, wrapper):
    alone = partial(step, LOSSES[name], None)
    split = WRAPPERS[wrapper](partial(split_step, LOSSES[name]))
    loss = LOSSES[name](PARAMETERS["centers"], None)
    x, y = X.reshape(-1, DIM), LABELS.ravel()
    _, state = loss.apply(loss.init(), 2 * x, y)
    state = loss.end_epoch(state)

    value, slopes, following = split(PARAMETERS, state, X, LABELS)
    whole_value, whole_slopes, whole_following = alone(PARAMETERS, state, x, y)

    np.testing.assert_allclose(value, whole_value, rtol=1e-5)
    for key, slope in slopes.items():
        scale = np.abs(whole_slopes[key]).max()
        np.testing.assert_allclose(slope, whole_slopes[key], atol=1e-5 * scale, rtol=0)
    for one, whole in zip(following, whole_following, strict=True):
        assert one.dtype == whole.dtype
        np.testing.assert_allclose(one, whole, rtol=1e-5, atol=1e-6)
