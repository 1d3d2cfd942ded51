"""What holds for every function of logits, cosines and features, in float32."""

from hypothesis import given
import numpy as np
import pytest

from tests import inputs
from tests.catalogue import CASES, KINDS
from tests.inputs import CLASSES, IS_KNOWN, LABELS, ORDER, ROWS
from tests.properties import (
    DIGITS,
    Result,
    assert_close,
    batches_of,
    cases,
    evaluate,
    is_close_to_float64,
    is_finite,
    results,
    shapes,
)


@cases(all_settings=False)
def test_leading_axes_are_examples(case):
    """Mapped examples and traced numbers give what `[2, 3]` and known numbers do."""
    plain, square = results(case)["plain"], shapes(case)["square"]
    assert square.value.shape in {(), (2, 3)} and square.value.dtype == np.float32
    assert square.x_slope.dtype == square.c_slope.dtype == np.float32
    assert_close(flat(square), plain, rtol=3e-6)


def flat(result):
    """Returns a result of leading axes `[2, 3]` with one axis of examples."""
    return Result(
        result.value.ravel() if result.value.shape else result.value,
        result.x_slope.reshape(ROWS, -1),
        result.c_slope,
    )


@cases(without={"ordered", "matrix"})
def test_classes_have_no_order_and_logits_no_origin(case):
    plain, permuted = results(case)["plain"], results(case)["permuted"]
    columns = np.arange(CLASSES) if case.kind == "features" else ORDER
    expected = Result(
        plain.value,
        plain.x_slope[:, columns],
        plain.c_slope[ORDER] if case.kind == "features" else plain.c_slope,
    )
    assert_close(permuted, expected, rtol=2e-5)


@cases(without={"coupled"})
def test_a_cotangent_scales_its_example(case):
    plain, weighted = results(case)["plain"], results(case)["weighted"]
    weights = batches_of(case.kind)["weighted"].w[:, None]
    np.testing.assert_allclose(
        weighted.x_slope, weights * plain.x_slope, rtol=1e-5, atol=1e-7
    )


@cases(kinds=["logits"], without={"all classes"})
def test_masked_classes_change_nothing(case):
    """A class of logit -inf leaves finite values and has no gradient."""
    found = results(case)
    for name in ("masked", "masked but the label"):
        assert is_finite(found[name])
        absent = np.isneginf(batches_of(case.kind)[name].x)
        assert (found[name].x_slope[absent] == 0).all()


LABELED = {"no labels", "ordered", "any label"}


@cases(without=LABELED)
def test_an_unknown_label_is_nan_and_its_gradient_zero(case):
    """Then `jnp.mean(losses, where=mask)` leaves ignored examples out."""
    for name in ("unknown", "unknown, masked"):
        value, x_slope, c_slope = results(case)[name]
        if value.shape:
            np.testing.assert_array_equal(np.isnan(value), ~IS_KNOWN)
        np.testing.assert_array_equal(x_slope[~IS_KNOWN], 0)
        assert np.isfinite(x_slope).all() and np.isfinite(c_slope).all()


@cases("coupled", without=LABELED)
def test_a_batch_with_unknown_labels_is_the_batch_without(case):
    known, masked = shapes(case)["known"], results(case)["unknown, masked"]
    value = masked.value[IS_KNOWN] if masked.value.shape else masked.value
    actual = Result(value, masked.x_slope[IS_KNOWN], masked.c_slope)
    assert_close(actual, known)


@cases()
def test_a_nan_is_not_hidden(case):
    batches, found = batches_of(case.kind), results(case)
    for name in [name for name in batches if "nan" in name]:
        if name == "nan in a row" and "no rows" in case.traits:
            continue
        batch = batches[name]
        expected = np.isnan(batch.x).any(axis=1)
        expected |= np.isnan(batch.c).any(axis=1)[batch.y]
        if case.function == "embeddings.feature_incay":  # others have the loss 0
            expected &= batch.y % 2 == 0
        value = np.broadcast_to(found[name].value, ROWS)
        assert np.isnan(value[expected]).all(), name


@cases(all_settings=False)
def test_half_precision_is_computed_in_float32(case):
    expected, half = results(case)["bfloat16"], shapes(case)["bfloat16"]
    assert half.value.dtype == np.float32 and half.x_slope.dtype == "bfloat16"
    half = flat(half)
    assert_close(half, expected, rtol=1e-5, leave_out="x_slope")
    x_slope = half.x_slope.astype("float32")
    assert_close(half._replace(x_slope=x_slope), expected, rtol=DIGITS["bfloat16"])


@cases(without={"two classes", "ordered", "five classes"})
def test_one_class_is_certain(case):
    one = shapes(case)["one class"]
    assert is_finite(one)
    if not case.name.startswith("embeddings"):
        for field in one:
            np.testing.assert_array_equal(field, 0)


@cases("two classes")
def test_one_class_is_refused(case):
    batch = batches_of(case.kind)["plain"]
    with pytest.raises(ValueError, match=r"at least 2"):
        case.ours(batch.x[:, :1], 0 * LABELS, batch.c, **case.typical)


@cases()
def test_extremes_are_finite_and_close_to_float64(case):
    for name, (single, double) in in_both_precisions(case).items():
        assert is_finite(single), name
        if not has_no_digits(case, name):
            assert_close(single, double, rtol=1e-4, sizes=case.sizes)


def in_both_precisions(case):
    """Returns the results of float32 and float64 of the batches that are finite."""
    single, double = results(case), results(case, "float64")
    finite = {
        name
        for name, batch in batches_of(case.kind).items()
        if not np.isnan(batch.x).any()
        and not np.isnan(batch.c).any()
        and "unknown" not in name
    }
    if "all classes" in case.traits:
        finite -= {"masked", "masked but the label"}
    if "direction" not in case.traits:
        finite -= {"scaled up", "scaled down"}
    return {name: (single[name], double[name]) for name in finite}


def has_no_digits(case, name):
    """Returns whether rounding is all there is, where a direction or root vanishes."""
    if "angles" in case.traits:
        return name.startswith("extreme") and (
            case.kind == "cosines" or "center" in name
        )
    if case.name == "embeddings.pedcc, root":
        return "their centers" in name
    # No unit center is the nearest to 0.
    is_of_some = {"num_nearest", "share_nearest"} & {*case.options}
    return bool(is_of_some) and "zero" in name


@cases("direction")
def test_directions_have_digits_at_any_length(case):
    found = results(case)
    slopes = Result._fields[1:]
    assert_close(found["scaled up"], found["plain"], rtol=1e-4, leave_out=slopes)
    assert is_finite(found["scaled up"]) and is_finite(found["scaled down"])


@cases("coupled", without={"matrix"})
def test_one_example_is_finite(case):
    assert is_finite(shapes(case)["one example"])
    assert is_finite(shapes(case)["one zero example"])


@cases(kinds=["features"], without={"rows move", "no rows"})
def test_no_gradient_flows_into_the_rows(case):
    for name in ("plain", "unknown"):
        np.testing.assert_array_equal(results(case)[name].c_slope, 0)


@pytest.mark.parametrize("case", [case for case in CASES if case.hyper], ids=str)
def test_every_number_matters(case):
    batch = batches_of(case.kind)["plain"]
    names = list(case.hyper)
    moved = {  # the batch of each number has that halfway to its high end, or low
        name: [middle]
        + [away(*case.hyper[name]) if other == name else middle for other in names]
        for name, (_, middle, _) in case.hyper.items()
    }
    numbers = {name: np.array(values)[:, None] for name, values in moved.items()}
    found = evaluate(case, inputs.stack([batch] * (1 + len(names))), numbers)
    for i, name in enumerate(names):
        changes = [np.abs(field[1 + i] - field[0]).max() for field in found]
        assert max(changes) > 1e-5, name


def away(low, middle, high):
    return (middle + (high if high > middle else low)) / 2


@cases()
def test_float64_stays_float64(case):
    assert all(field.dtype == np.float64 for field in results(case, "float64")["plain"])


DTYPES = ["float32", pytest.param("bfloat16", marks=pytest.mark.long)]


@pytest.mark.parametrize("dtype", DTYPES)
@cases()
@given(drawn=inputs.DRAWS)
def test_drawn_inputs_are_finite_and_close_to_float64(case, dtype, drawn):
    largest, masked = inputs.LARGEST[dtype], "all classes" not in case.traits
    batches, shares = KINDS[case.kind][1](drawn, largest, masked)
    is_close_to_float64(case, dtype, batches, shares)


@pytest.mark.parametrize("dtype", DTYPES)
@cases("rows move", without={"no rows", "matrix"})
@given(drawn=inputs.DRAWS)
def test_drawn_rows_are_finite_and_close_to_float64(case, dtype, drawn):
    largest = 30.0 if "embeddings" in case.name else inputs.LARGEST[dtype]
    batches, shares = inputs.drawn_rows(drawn, largest, False)
    is_close_to_float64(case, dtype, batches, shares)
