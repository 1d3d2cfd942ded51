"""Features to `Outputs`, and the classifier a backbone and a head make."""

from adrjax.heads._centers import CenterOutputs as CenterOutputs
from adrjax.heads._centers import Centers as Centers
from adrjax.heads._classifier import Classifier as Classifier
from adrjax.heads._cosine import Cosine as Cosine
from adrjax.heads._fixed import Fixed as Fixed
from adrjax.heads._linear import Linear as Linear
