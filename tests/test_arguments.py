"""Dtypes, shapes and messages of every function, by tracing alone."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins
from tests import inputs
from tests.inputs import CENTERS, CLASSES, DIM, LABELS, ROWS
from tests.properties import batches_of, cases


def traced(case, x="float32", y="int32", c="float32", examples=ROWS, **numbers):
    """Returns the abstract values and gradient by `x` of some dtypes."""
    arguments = (
        jax.ShapeDtypeStruct((examples, CLASSES), x),
        jax.ShapeDtypeStruct((examples,), y),
        jax.ShapeDtypeStruct((CLASSES, DIM), c),
    )

    def of(x, y, c):
        def total(x):
            values = case.ours(x, y, c, **case.typical | numbers)
            return jnp.sum(values), values

        (_, values), slope = jax.value_and_grad(total, has_aux=True)(x)
        return values, slope

    return jax.eval_shape(of, *arguments)


KINDS = {  # whether 64 bits are enabled, the dtypes of inputs and labels
    "half": (False, "bfloat16", "uint8"),
    "wide numbers and labels": (True, "float32", "uint64"),
    "single": (False, "float32", "int32"),
    "double": (True, "float64", "int32"),
}


LONG = {"single": pytest.mark.long, "double": pytest.mark.long}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=LONG.get(kind, ())) for kind in KINDS]
)
@cases()
def test_no_dtype_is_promoted(case, kind):
    """Logits and features decide the dtype, and every conversion is explicit."""
    x64, x, y = KINDS[kind]
    with jax.enable_x64(x64), jax.numpy_dtype_promotion("strict"):
        numbers = {name: np.float64(number) for name, number in case.typical.items()}
        values, slope = traced(case, x=x, y=y, **numbers if x64 else {})
    assert values.dtype == ("float64" if x == "float64" else "float32")
    assert slope.dtype == x


@cases(without={"matrix"})
def test_no_example_has_no_value(case):
    values, slope = traced(case, examples=0)
    assert values.shape in {(0,), ()} and slope.shape == (0, CLASSES)


@pytest.mark.long
@pytest.mark.parametrize("y", ["int8", "uint8", "int16", "int64", "uint32", "uint64"])
@cases(without={"no labels"})
def test_labels_of_any_integer_dtype(case, y):
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        values, _ = traced(case, y=y)
    assert values.dtype == jnp.float32


def wrong(message, call, error=ValueError):
    with pytest.raises(error, match=message):
        call()


def call(case, x=None, y=LABELS, c=None):
    batch = batches_of(case.kind)["plain"]
    x, c = (batch.x if x is None else x), (batch.c if c is None else c)
    return jax.eval_shape(
        lambda: case.ours(jnp.asarray(x), y, jnp.asarray(c), **case.typical)
    )


WITHOUT_LABELS = {"no labels", "ordered", "five classes"}


@cases()
def test_wrong_inputs_are_refused(case):
    """They must be floating and have an axis of classes or dimensions."""
    name = r"(logits|cosines|features|first|anchors|weights)"
    message = rf"{name} must be floating, got int32"
    wrong(message, lambda: call(case, np.zeros((ROWS, CLASSES), np.int32)), TypeError)


@cases(without=WITHOUT_LABELS)
def test_wrong_labels_are_refused(case):
    if not case.name.startswith(("targets.smooth", "targets.virtual")):
        message = r"labels must .* of shape \(6,\) .*, got int32 of shape \(5,\)"
        wrong(message, lambda: call(case, y=LABELS[:5]))
    message = r"labels .*int"
    wrong(
        message, lambda: call(case, y=LABELS.astype("float32")), (TypeError, ValueError)
    )
    wrong(r"labels must lie in 0\.\.\S* .*got -1", lambda: call(case, y=LABELS - 1))
    if "any label" not in case.traits:
        wrong(r"labels must lie in 0..4 .* got 1..5", lambda: call(case, y=LABELS + 1))


@cases(kinds=["features"], without={"no rows", "no labels", "ordered"})
def test_wrong_rows_are_refused(case):
    name = r"(weights|centers|centroids)"
    call_with = functools.partial(call, case)
    c = np.float32(CENTERS)
    message = rf"{name} must be \[num_classes, \d+\] for .*, got \(5, [48]\)"
    wrong(message, lambda: call_with(c=c[:, :4]))
    wrong(rf"{name} must be \[num_classes, dim\]", lambda: call_with(c=c[0]))
    message = rf"{name} must be floating, got int32"
    wrong(message, lambda: call_with(c=c.astype("int32")), TypeError)


@cases(kinds=["features", "cosines"])
def test_numbers_below_zero_are_refused(case):
    for name in case.hyper:
        message = rf"^({name}|m2) must be .*, got -1"
        with pytest.raises(ValueError, match=message):
            jax.eval_shape(
                lambda name=name: case.ours(
                    *(jnp.asarray(v) for v in batches_of(case.kind)["plain"][:3]),
                    **case.typical | {name: -1.0},
                )
            )


@cases(kinds=["cosines"])
def test_a_margin_keeps_the_cosines_at_most(case):
    x = jnp.asarray(inputs.cosines(), "float32")
    keywords = case.typical | dict(case.options)
    assert kept(lambda c: case.public(c, LABELS, **keywords), x) <= 1


@pytest.mark.parametrize("name", ["cosines", "large_margin", "sphereface"])
def test_a_margin_of_features_keeps_no_copy_of_the_weights(name):
    x, weights = inputs.logits(), np.ones((7, DIM), np.float32)
    labels = () if name == "cosines" else (LABELS,)

    def logits(x, weights):
        return getattr(margins, name)(x, weights, *labels)

    assert kept(logits, x, weights) <= 1 + (name == "cosines")  # and the products


def kept(f, *arguments):
    """Returns how many arrays over the classes the backward pass keeps."""
    logits, pullback = jax.eval_shape(lambda *a: jax.vjp(f, *a), *arguments)
    shapes = [leaf.shape for leaf in jax.tree.leaves(pullback)]
    return sum(len(s) == 2 and logits.shape[-1] in s and 1 not in s for s in shapes)


def test_narrow_labels_name_as_many_classes_as_they_can():
    z = jax.ShapeDtypeStruct((2, 256), "float32")
    jax.eval_shape(lambda z: losses.cross_entropy(z, np.array([0, 255], np.uint8)), z)
