"""tfds builders of the data sets that tfds has no builder for; none needs TensorFlow.

A `Dataset` names its builder, and `Dataset.prepare` runs it. Importing a builder
imports tfds, which takes 0.4 s, so nothing here is imported before a data set is
prepared. Modules of this folder import nothing from the rest of `adrjax.data`.
"""

from adrjax.data.builders._write import write as write
