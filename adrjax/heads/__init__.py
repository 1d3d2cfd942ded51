"""Features to `Outputs`, and the classifier a backbone and a head make."""

from adrjax.heads._classifier import Classifier as Classifier
from adrjax.heads._linear import Linear as Linear
