"""The forms of a loss."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax import Outputs, StatefulLoss, embeddings, losses, train
from experiments.harness import Method
from experiments.harness.method import ON, on_one_device, total
from tests.experiments.harness import _toy

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(4, 3)).astype(np.float32)
LOGITS = RNG.normal(size=(4, 5)).astype(np.float32)
OUTPUTS = Outputs(FEATURES, LOGITS)
LABELS = np.arange(4, dtype=np.int32)
CE = np.asarray(losses.cross_entropy(LOGITS, LABELS))
NORMS = np.square(FEATURES).sum(-1)


def of_cosines(cosines, labels):
    return losses.cross_entropy(cosines, labels)


def of_features(features, labels, *, weight):
    return weight * jnp.square(features).sum(-1)


def of_outputs(outputs, labels):
    return losses.cross_entropy(outputs.logits, labels) + of_features(
        outputs.features, labels, weight=1
    )


def parts(logits, labels, *, weight):
    base = losses.cross_entropy(logits, labels)
    return {"base": base, "more": weight * base}


def counted(*, weight):
    """Cross entropy that grows with the number of steps, which is its state."""

    def apply(count, outputs, labels):
        values = weight * losses.cross_entropy(outputs.logits, labels)
        return values * (1 + count), count + 1

    return StatefulLoss(lambda: jnp.zeros(()), apply)


def several(*, weight):
    return {
        "softmax": adrjax.select(losses.cross_entropy, "logits"),
        "norm": adrjax.select(
            functools.partial(of_features, weight=weight), "features"
        ),
    }


def of_all(z, y):
    return z


def over_devices(logits, labels, *, axis_name):
    return losses.cross_entropy(logits, labels) / jax.lax.axis_size(axis_name)


def embedding(embedding, labels):
    return embedding


def values(method):
    """Returns the values of the parts of each update, and their sum."""
    found = method.objectives(OUTPUTS, LABELS)
    batch = jax.tree.map(lambda x: jnp.asarray(x)[None], (OUTPUTS, LABELS))
    results = []
    for update in found:
        objective = train.objective(update)

        def of(outputs, labels, objective=objective):
            return {
                name: part.apply(part.init(), outputs, labels)[0]
                for name, part in objective.items()
            }

        results.append(jax.vmap(of, axis_name="batch")(*batch))
    return [jax.tree.map(lambda x: np.asarray(x[0]), x) for x in results]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Method(losses.cross_entropy), {"loss": CE}),
        (Method(of_cosines), {"loss": CE}),
        (Method(of_features, {"weight": 2}), {"loss": 2 * NORMS}),
        (Method(of_outputs), {"loss": CE + NORMS}),
        (Method(parts, {"weight": 3}), {"base": CE, "more": 3 * CE}),
        (Method(counted, {"weight": 2}), {"loss": 2 * CE}),
        (Method(several, {"weight": 2}), {"softmax": CE, "norm": 2 * NORMS}),
        (Method(over_devices, {"axis_name": "batch"}), {"loss": CE}),
    ],
    ids=lambda x: x.loss.__name__ if isinstance(x, Method) else "",
)
def test_each_form_of_a_loss_gets_its_part_of_the_outputs(method, expected):
    (found,) = values(method)
    assert {*found} == {*expected}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6)


def test_a_factory_of_the_library_gets_what_the_method_says():
    settings = {"num_classes": 5, "dim": 3}
    method = Method(embeddings.running_center, settings, on="features")
    (found,) = values(method)
    np.testing.assert_allclose(found["loss"], NORMS / 2, rtol=1e-6)
    smooth = Method(losses.online_label_smoothing, {"num_classes": 5}, on="logits")
    assert np.isfinite(values(smooth)[0]["loss"]).all()


def sizes(*, num_classes, dim, weight=1):
    return functools.partial(of_sizes, size=weight * num_classes * dim)


def of_sizes(outputs, labels, *, size):
    return 0 * outputs.logits[..., 0] + size


def test_sizes_that_are_not_given_are_those_of_the_network():
    for settings, size in (({}, 15), ({"num_classes": 7}, 21), ({"weight": 2}, 30)):
        (found,) = values(Method(sizes, settings))
        np.testing.assert_array_equal(found["loss"], size)
    (found,) = values(Method(embeddings.running_center, on="features"))
    np.testing.assert_allclose(found["loss"], NORMS / 2, rtol=1e-6)


def test_a_second_update_has_a_loss_of_its_own():
    method = Method(losses.cross_entropy, then=Method(of_features, {"weight": 1}))
    first, second = values(method)
    np.testing.assert_allclose(first["loss"], CE, rtol=1e-6)
    np.testing.assert_allclose(second["loss"], NORMS, rtol=1e-6)


def test_total_is_the_sum_of_the_parts():
    (found,) = Method(several, {"weight": 2}).objectives(OUTPUTS, LABELS)
    loss = total(found)
    sums, _ = loss.apply(loss.init(), OUTPUTS, LABELS)
    np.testing.assert_allclose(sums, CE + 2 * NORMS, rtol=1e-6)


def test_a_first_parameter_of_no_known_name_is_refused():
    names = ", ".join(ON)
    with pytest.raises(
        train.ArgumentError,
        match=rf"first parameter of embedding must be one of {names}.*got 'embedding'",
    ):
        Method(embedding).objectives(OUTPUTS, LABELS)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (Method(of_all), "missing a required argument: 'z'"),
        (Method(of_features), "missing a required .*'weight'"),
        (Method(parts, {"wieght": 1}), "(unexpected|missing).*(wieght|weight)"),
        (Method(counted, {"gamma": 1}), "(unexpected|missing).*(gamma|weight)"),
    ],
)
def test_a_loss_of_neither_form_or_with_other_settings_is_refused(method, reason):
    name = method.loss.__name__
    with pytest.raises(
        train.ArgumentError, match=rf"{name} must be a loss .* got {name}\(.*{reason}"
    ):
        method.objectives(OUTPUTS, LABELS)


def test_settings_bound_by_partial_are_refused():
    with pytest.raises(train.ArgumentError, match="with its settings in `settings`"):
        Method(functools.partial(_toy.weighted, weight=1))


def test_the_name_of_a_method_has_its_settings_that_are_words():
    settings = {"weight": 1.5, "axis_name": "batch", "points": FEATURES}
    method = Method(parts, settings)
    assert method.name == "parts weight=1.5"
    assert method.printed == {"weight": 1.5}


def test_on_one_device_runs_inside_the_axis_without_computing():
    def size(x):
        return x * jax.lax.axis_size("batch")

    (found,) = jax.tree.leaves(on_one_device(size, LOGITS))
    assert found == jax.ShapeDtypeStruct((4, 5), np.float32)
