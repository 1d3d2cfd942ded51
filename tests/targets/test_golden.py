"""Every target, in cross entropy, against values computed at 50 digits."""

import pytest

from adrjax import losses, targets
from tests import goldens


def label_smoothing(z, y, *, eps):
    smooth = targets.smooth_labels(y, num_classes=z.shape[-1], alpha=eps)
    return losses.cross_entropy(z, smooth)


def bootstrap_soft(z, y, **params):
    return losses.cross_entropy(z, targets.bootstrap_soft(z, y, **params))


def bootstrap_hard(z, y, *, beta):
    return losses.cross_entropy(z, targets.bootstrap_hard(z, y, beta=beta))


FUNCTIONS = {
    "label_smoothing": label_smoothing,
    "bootstrap_soft": bootstrap_soft,
    "bootstrap_hard": bootstrap_hard,
}


@pytest.mark.parametrize("dtype", goldens.DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient(name, dtype):
    goldens.check(name, FUNCTIONS[name], dtype, is_difference=True)
