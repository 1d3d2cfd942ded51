"""The realised transition and the report, by hand."""

import numpy as np
import pytest

from adrjax import noise

LABELS = np.array([0, 0, 0, 0, 1, 1, 3, 3])
NOISY = np.array([0, 0, 1, 3, 1, 0, 3, 3])
SHARES = [[0.5, 0.25, 0, 0.25], [0.5, 0.5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("shape", [(8,), (2, 4)])
def test_realised_transition_by_hand(shape):
    shares = noise.realised_transition(
        LABELS.reshape(shape), NOISY.reshape(shape), num_classes=4
    )
    np.testing.assert_array_equal(shares, SHARES)


def test_report_of_few_classes_is_the_matrix():
    lines = noise.report(LABELS, NOISY, num_classes=4).splitlines()
    assert lines[0] == "3 of 8 labels are wrong, 37.50 %"
    assert [int(column) for column in lines[1].split()[2:]] == [0, 1, 2, 3]
    rows = [[float(share) for share in line.split()] for line in lines[2:]]
    assert rows == [[i, *(100 * x for x in row)] for i, row in enumerate(SHARES)]
    assert len({len(line) for line in lines[1:]}) == 1


def test_report_of_many_classes_is_the_largest_changes():
    labels = np.arange(1000) % 100
    noisy = np.where(labels == 7, 8, labels)
    noisy[3] = 4
    assert noise.report(labels, noisy, num_classes=100).splitlines() == [
        "11 of 1,000 labels are wrong, 1.10 %; the largest changes:",
        "     7 -> 8     100.00 %",
        "     3 -> 4      10.00 %",
    ]
    half = (labels + np.arange(1000) // 500) % 100
    report = noise.report(labels, half, num_classes=100)
    assert "500 of 1,000 labels are wrong, 50.00 %" in report
    assert len(report.splitlines()) == 21


def test_report_of_no_labels():
    empty = np.zeros(0, int)
    assert "0 of 0 labels are wrong" in noise.report(empty, empty, num_classes=3)


def test_report_refuses_labels_that_do_not_fit():
    with pytest.raises(ValueError, match=r"same shape, got shapes \(8,\) and \(7,\)"):
        noise.report(LABELS, NOISY[1:], num_classes=4)
    with pytest.raises(ValueError, match=r"noisy must lie in 0..3 .* got 1..4"):
        noise.realised_transition(LABELS, NOISY + 1, num_classes=4)
