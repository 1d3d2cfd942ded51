"""`backbones.AlexNet`."""

import pytest

from adrjax.backbones import AlexNet
from tests.backbones._shapes import count_parameters

# Of models/cifar/alexnet.py: inputs, outputs, side of the kernel.
CONVOLUTIONS = [(3, 64, 11), (64, 192, 5), (192, 384, 3), (384, 256, 3), (256, 256, 3)]


@pytest.mark.parametrize("num_classes", [10, 100])
def test_parameters_are_those_of_the_layer_list(num_classes):
    convolutions = sum(i * o * k**2 + o for i, o, k in CONVOLUTIONS)
    expected = convolutions + (256 + 1) * num_classes
    assert count_parameters(AlexNet(), (32, 32, 3), num_classes) == expected
