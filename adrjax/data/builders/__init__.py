"""tfds builders of what tfds has none for; none of them needs TensorFlow.

Importing this imports tfds, which takes 0.4 s: `adrjax.data` does so only to prepare.
"""

from adrjax.data.builders._digits import Digits as Digits
from adrjax.data.builders._prepare import prepare as prepare
