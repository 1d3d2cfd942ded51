"""`heads.with_dtype`."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import heads
from adrjax.backbones import DigitsCNN
from tests.factors import factor_dtypes

IMAGES = np.zeros((2, 8, 8, 1), np.float32)


class Branches(nn.Module):
    """A backbone whose field holds modules in a dictionary."""

    branches: dict[str, nn.Module]

    def __call__(self, x, *, train):
        features = [self.branches[k](x, train=train) for k in sorted(self.branches)]
        return jnp.concatenate(features, axis=-1)


NECKS = {
    "no neck": None,
    "embedding": heads.Embedding(4),
    "sequential": nn.Sequential(
        [nn.Dense(8), nn.relu, nn.Sequential([nn.LayerNorm(), heads.Embedding(4)])]
    ),
}


@pytest.mark.parametrize("neck", NECKS)
def test_with_dtype_reaches_every_part(neck):
    model = heads.Classifier(
        Branches({"a": DigitsCNN(), "b": DigitsCNN()}),
        heads.Cosine(3),
        dropout=0.1,
        neck=NECKS[neck],
    )
    half = heads.with_dtype(model, jnp.bfloat16)
    assert half.dropout == 0.1 and model == model.clone()
    variables = jax.eval_shape(
        lambda: half.init(jax.random.key(0), IMAGES, train=False)
    )
    assert variables == jax.eval_shape(
        lambda: model.init(jax.random.key(0), IMAGES, train=False)
    )

    def evaluate(variables, images):
        return half.apply(variables, images, train=False)

    assert factor_dtypes(evaluate, variables, IMAGES) == {"bfloat16"}
    outputs = jax.eval_shape(evaluate, variables, IMAGES)
    assert outputs.features.dtype == jnp.bfloat16
    assert outputs.logits.dtype == jnp.float32


def test_part_without_a_dtype_is_an_error():
    class Neck(nn.Module):
        width: int = 3

    model = heads.Classifier(DigitsCNN(), heads.Linear(10), neck=Neck())
    with pytest.raises(TypeError, match=r"Neck must have a field `dtype`.* bfloat16"):
        heads.with_dtype(model, jnp.bfloat16)
