"""`backbones.ConvMixer`."""

import pytest

from adrjax.backbones import ConvMixer
from tests.backbones._shapes import count_parameters


def parameters(dim, depth, kernel, patch, num_classes):
    norm = 2 * dim
    stem = 3 * patch**2 * dim + dim + norm
    depthwise = kernel**2 * dim + dim + norm
    pointwise = dim**2 + dim + norm
    return stem + depth * (depthwise + pointwise) + (dim + 1) * num_classes


def test_default_is_the_published_cifar_model():
    assert parameters(256, 8, 5, 2, num_classes=10) == 594_186
    assert count_parameters(ConvMixer(), (32, 32, 3), 10) == 594_186


# The paper's Table 1: ConvMixer-1536/20 and ConvMixer-768/32, in millions.
@pytest.mark.parametrize(
    "dim, depth, kernel, patch, millions",
    [(1536, 20, 9, 7, 51.6), (768, 32, 7, 7, 21.1)],
)
def test_parameters_are_those_of_table_1(dim, depth, kernel, patch, millions):
    model = ConvMixer(dim=dim, depth=depth, kernel=kernel, patch=patch)
    expected = parameters(dim, depth, kernel, patch, num_classes=1000)
    assert count_parameters(model, (224, 224, 3), 1000) == expected
    assert expected / 1e6 == pytest.approx(millions, abs=0.05)
