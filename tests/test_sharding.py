"""Arrays that are sharded over a mesh under `jax.jit`: no function takes an axis name.

On axes of `jax.sharding.AxisType.Explicit` the types of arrays say how they are
sharded, and jax raises at trace time if it cannot infer the sharding of a result. On
axes of `AxisType.Auto` the compiler decides.
"""

import functools
import inspect

import jax
import jax.numpy as jnp
from jax.sharding import AxisType, NamedSharding, PartitionSpec
import numpy as np
import pytest

from adrjax import embeddings, losses, margins, metrics, regularizers, targets

BATCH, CLASSES, DIM = 16, 6, 4
RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


ARRAYS = {
    "features": normal(BATCH, DIM),
    "others": normal(BATCH, DIM),
    "third": normal(BATCH, DIM),
    "logits": normal(BATCH, CLASSES),
    "teacher_logits": normal(BATCH, CLASSES),
    "images": normal(8, 2, 3, CLASSES),
    "labels": np.arange(BATCH, dtype=np.int32) * 5 % CLASSES,
    "same": np.arange(BATCH) % 3 == 0,
    "centers": normal(CLASSES, DIM),
}
OF_CLASSES = {"centers"}  # not of the batch
TRANSITION = np.full((CLASSES, CLASSES), 0.1) + 0.4 * np.eye(CLASSES)


def of_logits(f, **options):
    return functools.partial(f, **options), ("logits", "labels")


def of_regularizer(f, **options):
    return functools.partial(f, **options), ("logits",)


def of_targets(f, **options):
    def loss(logits, labels):
        return losses.cross_entropy(logits, f(labels, num_classes=CLASSES, **options))

    return loss, ("logits", "labels")


def of_bootstrap(f):
    def loss(logits, labels):
        return losses.cross_entropy(logits, f(logits, labels))

    return loss, ("logits", "labels")


def of_cosines(f):
    return lambda z, y: f(jnp.tanh(z), y, scale=3.0), ("logits", "labels")


def of_weights(f):
    return f, ("features", "centers", "labels")


def of_centers(f, **options):
    return functools.partial(f, **options), ("features", "labels", "centers")


def of_views(f):
    return f, ("features", "others")


def of_state(make, names):
    """The values of a batch, and the state after the epoch."""

    def both(x, y, *c):
        loss = make(*c)
        values, state = loss.apply(loss.init(), x, y)
        return values, loss.end_epoch(state)

    return both, names


LINEAR = {"logits": lambda x, w, y: x @ w.T, "num_chunks": 2}
CASES = {  # name -> (a function, the names of its arrays)
    "losses.cross_entropy": of_logits(losses.cross_entropy),
    "losses.focal": of_logits(losses.focal),
    "losses.mean_absolute_error": of_logits(losses.mean_absolute_error),
    "losses.generalized_cross_entropy": of_logits(losses.generalized_cross_entropy),
    "losses.truncated_generalized_cross_entropy": of_logits(
        losses.truncated_generalized_cross_entropy
    ),
    "losses.reverse_cross_entropy": of_logits(losses.reverse_cross_entropy),
    "losses.symmetric_cross_entropy": of_logits(losses.symmetric_cross_entropy),
    "losses.gradient_rescaling": of_logits(losses.gradient_rescaling, normalize=True),
    "losses.forward_correction": of_logits(
        losses.forward_correction, transition=TRANSITION
    ),
    "losses.backward_correction": of_logits(
        losses.backward_correction, transition=TRANSITION
    ),
    "losses.complement_entropy": of_logits(losses.complement_entropy),
    "losses.distillation": (losses.distillation, ("logits", "teacher_logits")),
    "losses.online_label_smoothing": of_state(
        lambda: losses.online_label_smoothing(CLASSES), ("logits", "labels")
    ),
    "losses.chunked_cross_entropy": (
        functools.partial(losses.chunked_cross_entropy, **LINEAR),
        ("features", "centers", "labels"),
    ),
    "targets.smooth_labels": of_targets(targets.smooth_labels),
    "targets.virtual_teacher": of_targets(targets.virtual_teacher),
    "targets.bootstrap_soft": of_bootstrap(targets.bootstrap_soft),
    "targets.bootstrap_hard": of_bootstrap(targets.bootstrap_hard),
    "regularizers.adr": of_regularizer(regularizers.adr),
    "regularizers.adr, scope=batch": of_regularizer(regularizers.adr, scope="batch"),
    "regularizers.gsc": of_regularizer(regularizers.gsc),
    "regularizers.entropy": of_regularizer(regularizers.entropy),
    "regularizers.variance": of_regularizer(regularizers.variance),
    "regularizers.exponential_variance": of_regularizer(
        regularizers.exponential_variance
    ),
    "regularizers.spatial_continuity": (regularizers.spatial_continuity, ("images",)),
    "margins.cosines": (margins.cosines, ("features", "centers")),
    "margins.cosface": of_cosines(margins.cosface),
    "margins.arcface": of_cosines(margins.arcface),
    "margins.combined_margin": of_cosines(margins.combined_margin),
    "margins.circle": of_cosines(margins.circle),
    "margins.large_margin": of_weights(margins.large_margin),
    "margins.sphereface": of_weights(margins.sphereface),
    "embeddings.center": of_centers(embeddings.center),
    "embeddings.update_centers": of_centers(embeddings.update_centers),
    "embeddings.running_center": of_state(
        lambda: embeddings.running_center(CLASSES, DIM), ("features", "labels")
    ),
    "embeddings.contrastive": (embeddings.contrastive, ("features", "others", "same")),
    "embeddings.triplet": (embeddings.triplet, ("features", "others", "third")),
    **{
        f"embeddings.batch_triplet, {mining}": (
            functools.partial(embeddings.batch_triplet, mining=mining, margin=3.0),
            ("features", "labels"),
        )
        for mining in ("all", "semihard", "hard")
    },
    "embeddings.circle": (
        functools.partial(embeddings.circle, scale=3.0),
        ("features", "labels"),
    ),
    "embeddings.include_exclude": of_centers(embeddings.include_exclude, alpha=1.0),
    "embeddings.include_exclude, of the nearest": of_centers(
        embeddings.include_exclude, variance=0.7, num_nearest=2, present_only=False
    ),
    "embeddings.include_exclude, share of the nearest": of_centers(
        embeddings.include_exclude, variance=0.7, share_nearest=0.5
    ),
    "embeddings.cosine": of_centers(embeddings.cosine),
    "embeddings.norm_adaptive_cosine": of_centers(
        embeddings.norm_adaptive_cosine, delta=0.3
    ),
    "embeddings.nac": of_state(embeddings.nac, ("features", "labels", "centers")),
    "embeddings.pod": of_state(embeddings.pod, ("features", "labels", "centers")),
    "embeddings.self_correlation": of_centers(embeddings.self_correlation),
    "embeddings.self_correlation, by the Gram matrix": (
        lambda x, y, c: embeddings.self_correlation(
            jnp.tile(x, (1, 5)), y, jnp.tile(c, (1, 5))
        ),
        ("features", "labels", "centers"),
    ),
    "embeddings.pedcc_mse": of_centers(embeddings.pedcc_mse),
    "embeddings.pedcc": of_centers(embeddings.pedcc, n=2.0),
    "embeddings.barlow_twins": of_views(embeddings.barlow_twins),
    "embeddings.vicreg": of_views(embeddings.vicreg),
    "embeddings.feature_incay": (
        embeddings.feature_incay,
        ("features", "labels", "logits"),
    ),
    "embeddings.orthogonality": (embeddings.orthogonality, ("centers",)),
    "metrics.top_k": of_logits(metrics.top_k, k=2),
    "metrics.expected_calibration_error": (
        lambda z, y: metrics.expected_calibration_error(jax.nn.softmax(z), y),
        ("logits", "labels"),
    ),
}
# One for each operation whose sharding jax does not infer: rows of labels, sums by
# label, products over the batch, pairs of the batch, each class's label.
REPRESENTATIVES = [
    "losses.forward_correction",
    "losses.online_label_smoothing",
    "embeddings.include_exclude",
    "embeddings.circle",
    "embeddings.self_correlation",
    "embeddings.barlow_twins",
    "metrics.expected_calibration_error",
]
# These order or scan the classes of a row, and raise if they are split.
WHOLE_CLASSES = {
    "losses.chunked_cross_entropy": "should be replicated",
    "regularizers.adr": "should be unsharded",
    "regularizers.adr, scope=batch": "should be unsharded",
    "regularizers.gsc": "should be unsharded",
    "regularizers.exponential_variance": "should be unsharded",
}


def test_every_function_has_a_case():
    roles = {
        "losses": losses,
        "targets": targets,
        "regularizers": regularizers,
        "margins": margins,
        "embeddings": embeddings,
    }
    public = {
        f"{role}.{name}"
        for role, module in roles.items()
        for name, member in vars(module).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    cases = {name.split(",")[0] for name in CASES}
    assert public == {name for name in cases if not name.startswith("metrics")}


def value_and_gradient(name):
    """Returns a function to outputs and gradients by all floating arrays."""
    f, names = CASES[name]
    floating = [i for i, key in enumerate(names) if ARRAYS[key].dtype == np.float32]

    def total(*arrays):
        outputs = f(*arrays)
        values = jax.tree.leaves(outputs)[0]
        return jnp.sum(values).astype(jnp.float32), outputs

    return jax.value_and_grad(total, floating, has_aux=True)


@functools.cache
def every(names):
    """Returns one program of several functions."""

    def outputs(arrays):
        return {
            name: value_and_gradient(name)(*(arrays[key] for key in CASES[name][1]))
            for name in names
        }

    return jax.jit(outputs)


def mesh_of(axis_type, classes):
    shape = (4, 2) if classes else (8, 1)
    return jax.make_mesh(shape, ("batch", "class"), axis_types=(axis_type,) * 2)


def shardings(mesh, *, classes):
    """Returns the sharding of each array: its batch, and its classes if asked."""

    def of(key, array):
        if key in OF_CLASSES:
            spec = ("class",) if classes else ()
        else:
            is_split = classes and array.shape[-1] == CLASSES and array.ndim > 1
            rest = (None,) * (array.ndim - 2) + ("class",)
            spec = ("batch", *rest) if is_split else ("batch",)
        return NamedSharding(mesh, PartitionSpec(*spec))

    return {key: of(key, array) for key, array in ARRAYS.items()}


def assert_equal_to_whole(names, axis_type, *, classes=False):
    """Outputs and gradients of sharded arrays are those of whole arrays."""
    mesh = mesh_of(axis_type, classes)
    program = every(tuple(names))
    whole = program(ARRAYS)
    with jax.set_mesh(mesh):
        sharded = program(jax.device_put(ARRAYS, shardings(mesh, classes=classes)))
    for name in names:
        for actual, expected in zip(
            jax.tree.leaves(sharded[name]), jax.tree.leaves(whole[name]), strict=True
        ):
            scale = max(float(np.abs(expected).max(initial=0)), 1e-3)
            np.testing.assert_allclose(
                actual, expected, rtol=0, atol=1e-5 * scale, err_msg=name
            )


@pytest.mark.parametrize("name", CASES)
def test_explicitly_sharded_batch_is_traced(name):
    mesh = mesh_of(AxisType.Explicit, classes=False)
    arrays = jax.tree.map(
        lambda x, sharding: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding),
        ARRAYS,
        shardings(mesh, classes=False),
    )
    with jax.set_mesh(mesh):
        outputs = jax.eval_shape(every((name,)), arrays)
    (_, values), _ = outputs[name]
    leaf = jax.tree.leaves(values)[0]
    if leaf.shape[:1] == (BATCH,):
        assert leaf.sharding.spec[0] == "batch"


def test_explicitly_sharded_batch_gives_the_values_of_the_whole():
    assert_equal_to_whole(REPRESENTATIVES, AxisType.Explicit)


@pytest.mark.parametrize("name", WHOLE_CLASSES)
def test_explicitly_sharded_classes_raise_if_a_row_is_ordered(name):
    mesh = mesh_of(AxisType.Explicit, classes=True)
    arrays = jax.device_put(ARRAYS, shardings(mesh, classes=True))
    with jax.set_mesh(mesh), pytest.raises(Exception, match=WHOLE_CLASSES[name]):
        jax.eval_shape(every((name,)), arrays)


ROLES = sorted({name.split(".")[0] for name in CASES})


@pytest.mark.long
@pytest.mark.parametrize("axis_type", [AxisType.Explicit, AxisType.Auto])
@pytest.mark.parametrize("role", ROLES)
def test_sharded_batch_gives_the_values_of_the_whole(role, axis_type):
    names = [name for name in CASES if name.startswith(role)]
    assert_equal_to_whole(names, axis_type)


@pytest.mark.long
@pytest.mark.parametrize("axis_type", [AxisType.Explicit, AxisType.Auto])
@pytest.mark.parametrize("role", ROLES)
def test_sharded_classes_give_the_values_of_the_whole(role, axis_type):
    names = [name for name in CASES if name.startswith(role)]
    if axis_type == AxisType.Explicit:
        names = [name for name in names if name not in WHOLE_CLASSES]
    assert_equal_to_whole(names, axis_type, classes=True)
