"""Top-k accuracy."""

import jax
import numpy as np
import pytest
from sklearn.metrics import top_k_accuracy_score

from adrjax.metrics import top_k
from tests.metrics.table import LABELS, LOGITS

compiled = jax.jit(top_k, static_argnames="k")


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_mean_of_top_k_is_scikit_learns(k):
    expected = top_k_accuracy_score(LABELS, LOGITS, k=k, labels=range(6))
    np.testing.assert_allclose(
        compiled(LOGITS, LABELS, k=k).mean(), expected, rtol=1e-6
    )


def test_top_k_of_any_leading_shape():
    square = compiled(LOGITS.reshape(3, 20, 6), LABELS.reshape(3, 20))
    np.testing.assert_array_equal(square.ravel(), LOGITS.argmax(-1) == LABELS)


@pytest.mark.parametrize("k", [1, 3])
def test_top_k_ranks_the_lowest_of_equal_scores_first_as_lax_top_k(k):
    scores = np.round(LOGITS)
    among = jax.lax.top_k(scores, k)[1] == LABELS[:, None]
    np.testing.assert_array_equal(compiled(scores, LABELS, k=k), among.any(-1))


def test_top_k_counts_nan_as_wrong():
    scores = np.array([[np.nan, 1], [1, np.nan], [1, 0], [-np.inf, 1]], np.float32)
    assert top_k(scores, np.array([0, 0, 0, 1])).tolist() == [False, False, True, True]


@pytest.mark.parametrize("k", [1, 5])
def test_top_k_counts_a_traced_label_outside_of_the_classes_as_wrong(k):
    labels = np.where(np.arange(60) % 2, LABELS, np.arange(60) % 3 * 7 - 8)  # -8, -1, 6
    right = compiled(LOGITS, labels, k=k)
    assert not right[::2].any()
    np.testing.assert_array_equal(right[1::2], compiled(LOGITS, LABELS, k=k)[1::2])


@pytest.mark.parametrize("k", [0, 7])
def test_top_k_refuses_k_outside_of_the_classes(k):
    with pytest.raises(ValueError, match=rf"k must be in 1..6 .*, got {k}"):
        top_k(LOGITS, LABELS, k=k)


def test_top_k_refuses_labels_that_do_not_fit():
    with pytest.raises(
        ValueError,
        match=r"labels must .*\(60,\) for scores of .*\(60, 6\), got .*\(3,\)",
    ):
        top_k(LOGITS, LABELS[:3])
    with pytest.raises(ValueError, match=r"labels must lie in 0..5 .* got 1..6"):
        top_k(LOGITS, LABELS + 1)
    with pytest.raises(TypeError, match=r"labels must be integer .* got float32"):
        top_k(LOGITS, LABELS.astype(np.float32))
    with pytest.raises(TypeError, match=r"scores must be floating, got int"):
        top_k(LABELS[:, None], LABELS)
