"""Losses of logits and labels, one value an example."""

from adrjax.losses._cross_entropy import cross_entropy as cross_entropy
from adrjax.losses._focal import focal as focal
from adrjax.losses._generalized_cross_entropy import (
    generalized_cross_entropy as generalized_cross_entropy,
)
from adrjax.losses._gradient_rescaling import gradient_rescaling as gradient_rescaling
from adrjax.losses._mean_absolute_error import (
    mean_absolute_error as mean_absolute_error,
)
