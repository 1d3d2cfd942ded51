"""Margins on the score of the label. They return logits, `[..., num_classes]`.

The result is the input of a loss of logits, for example
`losses.cross_entropy(margins.arcface(cosines, labels), labels)`.
"""

from adrjax._public import export as _export
from adrjax.margins._arcface import arcface as arcface
from adrjax.margins._circle import circle as circle
from adrjax.margins._combined_margin import combined_margin as combined_margin
from adrjax.margins._cosface import cosface as cosface
from adrjax.margins._cosines import cosines as cosines
from adrjax.margins._large_margin import large_margin as large_margin
from adrjax.margins._sphereface import sphereface as sphereface

_export(__name__)
