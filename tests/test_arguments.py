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


@cases()
def test_promotion_is_explicit(case):
    """So that it works with `jax_numpy_dtype_promotion="strict"`."""
    with jax.numpy_dtype_promotion("strict"):
        values, slope = traced(case, x="bfloat16")
    assert values.dtype == jnp.float32 and slope.dtype == jnp.bfloat16


@cases()
def test_wide_numbers_do_not_change_the_dtype(case):
    with jax.enable_x64(True):
        numbers = {name: np.float64(x) for name, x in case.typical.items()}
        values, slope = traced(case, **numbers)
    assert values.dtype == slope.dtype == jnp.float32


@cases()
def test_no_example_has_no_value(case):
    values, slope = traced(case, examples=0)
    assert values.shape in {(0,), ()} and slope.shape == (0, CLASSES)


@pytest.mark.long
@pytest.mark.parametrize("y", ["int8", "uint8", "int16", "int64", "uint32", "uint64"])
@cases(without={"no labels"})
def test_labels_of_any_integer_dtype(case, y):
    with jax.enable_x64(True):
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


WITH_LABELS = {"no labels", "ordered", "five classes"}


@cases()
def test_wrong_inputs_are_refused(case):
    """They must be floating and have an axis of classes or dimensions."""
    name = r"(logits|cosines|features|first|anchors|weights)"
    message = rf"{name} must be floating, got int32"
    wrong(message, lambda: call(case, np.zeros((ROWS, CLASSES), np.int32)), TypeError)


@cases(without=WITH_LABELS)
def test_wrong_labels_are_refused(case):
    wrong(r"labels of shape \(6,\), got .*\(5,\)", lambda: call(case, y=LABELS[:5]))
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
    message = rf"{name} of shape \[num_classes, 5\], got \(5, 4\)"
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
def test_a_margin_keeps_little_for_the_backward_pass(case):
    """Of the classes it keeps the cosines at most."""
    x = jnp.asarray(inputs.cosines(), "float32")
    if case.function != "margins.cosines":
        f = getattr(margins, case.function.split(".")[1])
        options = case.typical | dict(case.options)
        kept = residuals(lambda c: f(c, LABELS, **options), x)
        assert len(kept) <= 1


@pytest.mark.parametrize(
    "name, most", [("cosines", 4), ("large_margin", 2), ("sphereface", 2)]
)
def test_a_margin_of_features_keeps_its_inputs(name, most):
    f = getattr(margins, name)
    labels = () if name == "cosines" else (LABELS,)
    x, w = inputs.logits(), np.float32(CENTERS)
    assert len(residuals(lambda x, w: f(x, w, *labels), x, w)) <= most


def residuals(f, *arguments):
    """Returns the shapes over the classes that the backward pass keeps."""
    pullback = jax.eval_shape(lambda *a: jax.vjp(f, *a)[1], *arguments)
    shapes = [leaf.shape for leaf in jax.tree.leaves(pullback)]
    return [shape for shape in shapes if len(shape) == 2 and min(shape) > 1]


def test_narrow_labels_name_as_many_classes_as_they_can():
    z = jax.ShapeDtypeStruct((2, 256), "float32")
    jax.eval_shape(lambda z: losses.cross_entropy(z, np.array([0, 255], np.uint8)), z)
