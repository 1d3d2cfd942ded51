"""`ShardedCosine` on any number of devices equals `Cosine` on one."""

import functools
import inspect
import re
import textwrap

import jax
from jax.experimental import mesh_utils
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
import numpy as np
import optax
import pytest

from adrjax import heads, losses, margins, regularizers, select, train
from adrjax.backbones import DigitsCNN
from tests.compilation import AS_FOR_USERS

CLASSES, DIM, BATCH = 32, 6, 16
RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(BATCH, DIM)).astype(np.float32)
WEIGHTS = RNG.normal(size=(CLASSES, DIM)).astype(np.float32)
WEIGHTS[[5, 9, 30]] = WEIGHTS[0]  # ties within a shard and between shards
LABELS = RNG.integers(0, CLASSES, BATCH)
COTANGENT = RNG.uniform(0.5, 1.5, BATCH).astype(np.float32)


def cross_entropy(logits, labels, class_axis):
    return losses.cross_entropy(logits, labels, class_axis=class_axis)


def soft_cross_entropy(logits, labels, class_axis):
    targets = 0.9 * (jnp.arange(logits.shape[-1])[None] == labels[..., None])
    return losses.cross_entropy(logits, targets + 0.1 / CLASSES, class_axis=class_axis)


def regularized(regularizer, **options):
    def loss(logits, labels, class_axis):
        return regularizer(logits / 8, class_axis=class_axis, **options)

    return loss


arcface = functools.partial(margins.arcface, scale=16.0)
OBJECTIVES = {
    "arcface": (arcface, cross_entropy),
    "cosface": (functools.partial(margins.cosface, scale=16.0), cross_entropy),
    "combined margin": (
        functools.partial(margins.combined_margin, m1=0.9, m2=0.4, m3=0.15, scale=16.0),
        cross_entropy,
    ),
    "circle": (functools.partial(margins.circle, scale=16.0), cross_entropy),
    "distributions": (arcface, soft_cross_entropy),
    "adr": (arcface, regularized(regularizers.adr, tau=2)),
    "adr, tau above a shard": (arcface, regularized(regularizers.adr, tau=9)),
    "adr, threshold": (arcface, regularized(regularizers.adr, threshold=0.04)),
    "adr, high threshold": (arcface, regularized(regularizers.adr, threshold=0.9)),
    "adr, scope batch": (arcface, regularized(regularizers.adr, scope="batch")),
    "adr, variance": (
        arcface,
        regularized(regularizers.adr, uncertainty="variance", statistic="l1"),
    ),
    "gsc": (arcface, regularized(regularizers.gsc, top_c=5, mean=0.1)),
    "entropy": (arcface, regularized(regularizers.entropy, normalize=True)),
}
MESHES = {"adr, scope batch": (1, 8)}  # the batch must not be split


def mesh_of(*shape):
    devices = jax.devices()[: shape[0] * shape[1]]
    devices = mesh_utils.create_device_mesh(shape, devices)
    return Mesh(devices, ("batch", "classes"))


def one_device_loss(objective, features, weights):
    margin, loss = OBJECTIVES[objective]
    cosines = heads.Cosine(CLASSES).apply({"params": {"weights": weights}}, features)
    return jnp.mean(COTANGENT * loss(margin(cosines.logits, LABELS), LABELS, None))


def sharded_loss(objective, features, weights, labels, cotangent, classes=CLASSES):
    margin, loss = OBJECTIVES[objective]
    head = heads.ShardedCosine(classes, "classes")
    cosines = head.apply({"params": {"weights": weights}}, features).logits
    here = heads.labels_on_shard(labels, num_classes=classes, axis_name="classes")
    return jnp.mean(cotangent * loss(margin(cosines, here), here, "classes"))


@pytest.fixture(scope="module")
def expected():
    """Returns value and gradients of each objective on one device, one program."""

    @jax.jit
    def run(features, weights):
        return {
            objective: jax.value_and_grad(
                functools.partial(one_device_loss, objective), argnums=(0, 1)
            )(features, weights)
            for objective in OBJECTIVES
        }

    return run(FEATURES, WEIGHTS)


def step_of(objective, mesh, *, check_vma=False, classes=CLASSES):
    """Returns the compiled value and gradients of the head split over a mesh."""

    def step(features, weights, labels, cotangent):
        def total(features, weights):
            return sharded_loss(
                objective, features, weights, labels, cotangent, classes
            )

        if check_vma:  # or the gradient is summed over the devices of the batch
            weights = jax.lax.pcast(weights, "batch", to="varying")
        value, (by_features, by_weights) = jax.value_and_grad(total, argnums=(0, 1))(
            features, weights
        )
        value, by_weights = jax.lax.pmean((value, by_weights), "batch")
        return value, (by_features / mesh.shape["batch"], by_weights)

    split, rows = P("batch"), P("classes")
    return jax.jit(
        jax.shard_map(
            step,
            mesh=mesh,
            in_specs=(split, rows, split, split),
            out_specs=(P(), (split, rows)),
            check_vma=check_vma,
        )
    )


def assert_close(actual, expected):
    for a, b in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        scale = np.abs(b).max()
        assert scale > 0
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-5 * scale)


def test_eight_devices_equal_one_device_under_pmap(expected):
    @functools.partial(jax.pmap, axis_name="classes", in_axes=(None, 0))
    def run(features, weights):
        return {
            objective: jax.value_and_grad(
                functools.partial(
                    sharded_loss, objective, labels=LABELS, cotangent=COTANGENT
                ),
                argnums=(0, 1),
            )(features, weights)
            for objective in OBJECTIVES
        }

    actual = run(FEATURES, WEIGHTS.reshape(8, -1, DIM))
    for objective in OBJECTIVES:
        values, (by_features, by_weights) = actual[objective]
        value, (by_all_features, by_all_weights) = expected[objective]
        assert_close(values, np.full(8, value))
        assert_close(by_features, np.stack([by_all_features] * 8))
        assert_close(by_weights.reshape(WEIGHTS.shape), by_all_weights)


def test_example_of_the_docstring_equals_one_device(expected):
    doc = inspect.getdoc(heads.ShardedCosine)
    code = re.search(r"classes over four:\n\n((?:    .*\n|\n)+)", doc)[1]
    names = {
        "jax": jax,
        "P": P,
        "NamedSharding": NamedSharding,
        "heads": heads,
        "margins": margins,
        "losses": losses,
        "num_classes": CLASSES,
        "key": jax.random.key(0),
        "features": FEATURES,
        "labels": LABELS,
    }
    exec(textwrap.dedent(code), names)

    def loss(params):
        cosines = heads.Cosine(CLASSES).apply({"params": params}, FEATURES).logits
        return losses.cross_entropy(margins.arcface(cosines, LABELS), LABELS).mean()

    params = jax.device_get(names["params"])
    value, gradient = jax.jit(jax.value_and_grad(loss))(params)
    assert_close((names["value"], names["gradient"]), (value, gradient))
    shards = names["gradient"]["weights"].addressable_shards
    assert {shard.data.shape for shard in shards} == {(CLASSES // 4, DIM)}


@pytest.mark.long
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_split_batch_and_classes_equal_one_device(objective, expected):
    step = step_of(objective, mesh_of(*MESHES.get(objective, (2, 4))))
    actual = step(FEATURES, WEIGHTS, LABELS, COTANGENT)
    assert_close(actual, expected[objective])


@pytest.mark.long
@pytest.mark.parametrize("shape", [(1, 8), (2, 4), (8, 1), (1, 1)])
@pytest.mark.parametrize("check_vma", [True, False])
def test_gradient_is_right_on_each_mesh_and_in_each_mode(shape, check_vma, expected):
    step = step_of("adr", mesh_of(*shape), check_vma=check_vma)
    actual = step(FEATURES, WEIGHTS, LABELS, COTANGENT)
    assert_close(actual, expected["adr"])


@pytest.mark.parametrize(
    "check_vma", [True, pytest.param(False, marks=pytest.mark.long)]
)
def test_all_gather_of_a_batch_split_over_the_axis_of_classes(check_vma, expected):
    def step(shift, features, weights, labels, cotangent):
        """Adds a parameter before `all_gather`; its gradient is a sum over devices."""
        labels, cotangent = (
            heads.all_gather(x, "classes") for x in (labels, cotangent)
        )

        def total(shift, features, weights):
            features = heads.all_gather(features + shift[None], "classes")
            return sharded_loss("arcface", features, weights, labels, cotangent)

        shift = jax.lax.pcast(shift, "classes", to="varying")
        value, (by_shift, *others) = jax.value_and_grad(total, argnums=(0, 1, 2))(
            shift, features, weights
        )
        return value, jax.lax.psum(by_shift, "classes"), *others

    split = P("classes")
    value, by_shift, by_features, by_weights = jax.jit(
        jax.shard_map(
            step,
            mesh=mesh_of(1, 8),
            in_specs=(P(), split, split, split, split),
            out_specs=(P(), P(), split, split),
            check_vma=check_vma,
        )
    )(np.zeros(DIM, np.float32), FEATURES, WEIGHTS, LABELS, COTANGENT)
    whole = expected["arcface"]
    assert_close((value, (by_features, by_weights)), whole)
    assert_close(by_shift, whole[1][0].sum(axis=0))


def test_all_gather_keeps_dtype_and_order():
    x = {
        "bool": np.arange(16) % 3 == 0,
        "int": np.arange(16, dtype=np.int32),
        "bfloat16": jnp.arange(48, dtype=jnp.bfloat16).reshape(16, 3),
    }
    gathered = jax.pmap(
        lambda x: jax.tree.map(lambda x: heads.all_gather(x, "classes"), x),
        axis_name="classes",
    )(jax.tree.map(lambda x: x.reshape(8, 2, *x.shape[1:]), x))
    for name, whole in x.items():
        assert gathered[name].dtype == whole.dtype
        for on_device in gathered[name]:
            np.testing.assert_array_equal(on_device, whole)


def test_all_gather_of_a_scalar_is_an_error():
    with pytest.raises(ValueError, match=r"must be \[batch, \.\.\.\], got a scalar"):
        heads.all_gather(1.0, "classes")


@pytest.mark.long
def test_label_of_no_class_has_loss_nan_and_no_gradient():
    labels = np.where(np.arange(BATCH) == 3, CLASSES, LABELS)
    step = step_of("arcface", mesh_of(1, 8))
    ignoring = np.where(np.arange(BATCH) == 3, 0, COTANGENT)
    value, (by_features, _) = step(FEATURES, WEIGHTS, labels, ignoring)
    assert np.isnan(value)
    assert (by_features[3] == 0).all() and np.isfinite(by_features).all()


def compiled(shards, classes=4096):
    step = step_of("adr", mesh_of(1, shards), classes=classes)
    of = jax.ShapeDtypeStruct
    return step.lower(
        of((BATCH, DIM), np.float32),
        of((classes, DIM), np.float32),
        of((BATCH,), np.int32),
        of((BATCH,), np.float32),
    ).compile(AS_FOR_USERS)


@pytest.mark.long
def test_memory_of_a_device_shrinks_with_the_number_of_shards():
    def memory(shards):
        analysis = compiled(shards).memory_analysis()
        return analysis.argument_size_in_bytes, analysis.temp_size_in_bytes

    (arguments, temporary), (an_eighth, temporary_eighth) = memory(1), memory(8)
    weights = 4 * 4096 * DIM
    assert arguments - an_eighth == weights * 7 // 8
    assert temporary_eighth < 1.3 * temporary / 8


@pytest.mark.long
def test_no_device_has_the_cosines_of_all_classes():
    text = compiled(8).as_text()
    largest = max(
        int(np.prod([int(n) for n in shape.split(",")]))
        for shape in re.findall(r"[a-z]+\d+\[([\d,]+)\]", text)
    )
    assert "all-gather" not in text
    assert largest == BATCH * 4096 // 8


def test_num_classes_that_devices_do_not_divide_is_an_error():
    with pytest.raises(
        ValueError,
        match=r"num_classes=30 cannot be split over the 8 devices of axis 'classes': "
        r"use num_classes=32",
    ):
        step_of("arcface", mesh_of(1, 8), classes=30)(
            FEATURES, WEIGHTS, LABELS, COTANGENT
        )


def test_num_classes_below_one_is_an_error():
    head = heads.ShardedCosine(0, "classes")
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        head.init(jax.random.key(0), FEATURES)


@pytest.mark.long
def test_checkpoint_of_eight_shards_restores_on_four_and_on_one(tmp_path):
    model = heads.Classifier(
        backbone=DigitsCNN(), head=heads.ShardedCosine(CLASSES, "classes")
    )
    objectives = [train.objective(select(losses.cross_entropy, "logits"))]
    optimizer = optax.sgd(0.1, momentum=0.9)
    state = train.create_state(
        model, optimizer, objectives, (8, 8, 1), jax.random.key(0)
    )

    def shardings(shards):
        mesh = mesh_of(1, shards)

        def of(path, _):
            is_split = "weights" in jax.tree_util.keystr(path)
            return NamedSharding(mesh, P("classes") if is_split else P())

        return jax.tree_util.tree_map_with_path(of, state)

    def weights_of(state):
        return state.params["head"]["weights"]

    on_eight = jax.device_put(state, shardings(8))
    assert weights_of(on_eight).addressable_shards[0].data.shape == (4, 64)
    with train.Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, on_eight)
        checkpoints.wait()
        for shards in (4, 1):
            abstract = jax.tree.map(
                lambda x, s: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=s),
                state,
                shardings(shards),
            )
            restored = checkpoints.restore(1, abstract)
            shard = weights_of(restored).addressable_shards[0].data
            assert shard.shape == (CLASSES // shards, 64)
            np.testing.assert_array_equal(weights_of(restored), weights_of(state))


def sampled(num_sampled, labels, seed=0, shards=8):
    """Returns the result of `sample_classes` of each device, `[shards, ...]`."""

    def draw(labels):
        drawn = heads.sample_classes(
            jax.random.key(seed),
            labels,
            num_sampled=num_sampled,
            num_classes=CLASSES,
            axis_name="classes",
        )
        return jax.tree.map(lambda x: x[None], drawn)

    return jax.jit(
        jax.shard_map(
            draw,
            mesh=mesh_of(1, shards),
            in_specs=P(),
            out_specs=P("classes"),
        )
    )(labels)


@pytest.mark.long
def test_sample_classes_has_the_classes_of_the_labels_and_random_others():
    labels = np.array([[9, 1], [9, 31]])
    first, again, other = (sampled(4, labels, seed, shards=2) for seed in (0, 0, 1))
    classes, places = first
    np.testing.assert_array_equal(classes, again[0])
    assert (np.asarray(classes) != other[0]).any()
    for shard in range(2):
        assert len(set(np.asarray(classes[shard]))) == 4
        here = labels // 16 == shard
        np.testing.assert_array_equal(places[shard] >= 0, here)
        found = np.asarray(classes)[shard][places[shard][here]] + 16 * shard
        np.testing.assert_array_equal(found, labels[here])


def test_step_of_sampled_classes_equals_a_head_of_these_classes():
    head = heads.ShardedCosine(CLASSES, "classes")
    features, labels = FEATURES[:4], np.array([0, 3, 17, 31])

    @functools.partial(jax.pmap, axis_name="classes", in_axes=(None, 0))
    def step(features, weights):
        def total(features, weights):
            classes, here = heads.sample_classes(
                jax.random.key(1),
                labels,
                num_sampled=6,
                num_classes=CLASSES,
                axis_name="classes",
            )
            params = {"params": {"weights": weights}}
            cosines = head.apply(params, features, classes=classes).logits
            values = cross_entropy(arcface(cosines, here), here, "classes")
            return jnp.mean(values), classes

        gradient = jax.value_and_grad(total, argnums=(0, 1), has_aux=True)
        return gradient(features, weights)

    (values, classes), (by_features, by_weights) = step(
        features, WEIGHTS.reshape(2, -1, DIM)
    )
    chosen = np.concatenate(np.asarray(classes) + np.array([[0], [16]]))
    kept = np.searchsorted(chosen, labels)

    def whole(features, weights):
        cosines = margins.cosines(features, weights[chosen])
        return jnp.mean(losses.cross_entropy(arcface(cosines, kept), kept))

    expected = jax.jit(jax.value_and_grad(whole, argnums=(0, 1)))(features, WEIGHTS)
    by_weights = by_weights.reshape(WEIGHTS.shape)
    assert_close((values[0], (by_features[0], by_weights)), expected)
    assert (np.delete(by_weights, chosen, axis=0) == 0).all()


def test_sample_classes_that_could_miss_a_label_is_an_error():
    with pytest.raises(
        ValueError,
        match=r"num_sampled must be in 4\.\.16, from the 4 labels .*, got 3",
    ):
        sampled(3, np.array([[9, 1], [9, 31]]), shards=2)


def test_cosines_of_dtype_bfloat16_are_those_of_the_cosine_head():
    head = heads.ShardedCosine(CLASSES, "classes", dtype=jnp.bfloat16)
    split = WEIGHTS.reshape(8, CLASSES // 8, DIM)

    def cosines(weights):
        return head.apply({"params": {"weights": weights}}, FEATURES).logits

    shards = jax.pmap(cosines, axis_name="classes")(split)
    whole = heads.Cosine(CLASSES, dtype=jnp.bfloat16)
    expected = whole.apply({"params": {"weights": WEIGHTS}}, FEATURES).logits
    np.testing.assert_allclose(np.concatenate(shards, -1), expected, atol=1e-6)
