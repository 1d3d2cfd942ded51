"""Losses of logits and labels, one value per example."""

from adrjax._public import export as _export
from adrjax.losses._backward_correction import (
    backward_correction as backward_correction,
)
from adrjax.losses._chunked_cross_entropy import (
    chunked_cross_entropy as chunked_cross_entropy,
)
from adrjax.losses._complement_entropy import complement_entropy as complement_entropy
from adrjax.losses._cross_entropy import cross_entropy as cross_entropy
from adrjax.losses._distillation import distillation as distillation
from adrjax.losses._focal import focal as focal
from adrjax.losses._forward_correction import forward_correction as forward_correction
from adrjax.losses._generalized_cross_entropy import (
    generalized_cross_entropy as generalized_cross_entropy,
)
from adrjax.losses._gradient_rescaling import gradient_rescaling as gradient_rescaling
from adrjax.losses._mean_absolute_error import (
    mean_absolute_error as mean_absolute_error,
)
from adrjax.losses._online_label_smoothing import (
    online_label_smoothing as online_label_smoothing,
)
from adrjax.losses._reverse_cross_entropy import (
    reverse_cross_entropy as reverse_cross_entropy,
)
from adrjax.losses._symmetric_cross_entropy import (
    symmetric_cross_entropy as symmetric_cross_entropy,
)
from adrjax.losses._truncated_generalized_cross_entropy import (
    truncated_generalized_cross_entropy as truncated_generalized_cross_entropy,
)

_export(__name__)
