"""`backbones.DigitsCNN`."""

from adrjax.backbones import DigitsCNN
from tests.backbones._shapes import count_parameters


def test_parameters_are_those_of_the_layer_list():
    expected = (9 * 32 + 32) + (9 * 32 * 64 + 64) + (4 * 4 * 64 * 64 + 64) + 65 * 10
    assert count_parameters(DigitsCNN(), (8, 8, 1), 10) == expected
