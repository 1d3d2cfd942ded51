"""The small network for small digits."""

import jax
import jax.numpy as jnp
import pytest

from adrjax.backbones import DigitsCNN
from tests.backbones._count import count_parameters


def test_parameters_are_those_of_the_layer_list():
    expected = (9 * 32 + 32) + (9 * 32 * 64 + 64) + (4 * 4 * 64 * 64 + 64) + 65 * 10
    assert count_parameters(DigitsCNN(), (8, 8, 1), 10) == expected


def test_images_of_mnist_are_an_error():
    with pytest.raises(ValueError, match=r"\[batch, 8, 8, channels\], got .* 28, 1"):
        DigitsCNN().init(jax.random.key(0), jnp.zeros((1, 28, 28, 1)), train=False)
