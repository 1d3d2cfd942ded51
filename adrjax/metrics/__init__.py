"""Metrics: accuracy, calibration, verification, retrieval and segmentation.

Two rules hold for all of them:

- A NaN is not hidden. `top_k` counts an example with a NaN score as wrong, and so do
  the means of it, `fitting` and `norm_split_accuracy`. Every other metric is NaN.
- A label outside of the classes raises a `ValueError` when its value is known. Under
  `jax.jit` it is not known: `top_k` counts the example as wrong, every other metric
  leaves it out.
"""

from adrjax._public import export as _export
from adrjax.metrics._accuracy import top_k as top_k
from adrjax.metrics._calibration import calibration_error as calibration_error
from adrjax.metrics._calibration import (
    expected_calibration_error as expected_calibration_error,
)
from adrjax.metrics._emphasis import emphasis_focus as emphasis_focus
from adrjax.metrics._emphasis import emphasis_spread as emphasis_spread
from adrjax.metrics._emphasis import example_weights as example_weights
from adrjax.metrics._fitting import Fitting as Fitting
from adrjax.metrics._fitting import fitting as fitting
from adrjax.metrics._gaussian_discriminant import (
    GaussianDiscriminant as GaussianDiscriminant,
)
from adrjax.metrics._gaussian_discriminant import (
    fit_gaussian_discriminant as fit_gaussian_discriminant,
)
from adrjax.metrics._gaussian_discriminant import (
    gaussian_discriminant as gaussian_discriminant,
)
from adrjax.metrics._norm_split import norm_split_accuracy as norm_split_accuracy
from adrjax.metrics._retrieval import cross_camera as cross_camera
from adrjax.metrics._retrieval import cumulative_matching as cumulative_matching
from adrjax.metrics._retrieval import mean_average_precision as mean_average_precision
from adrjax.metrics._roc import roc_curve as roc_curve
from adrjax.metrics._segmentation import connected_segments as connected_segments
from adrjax.metrics._segmentation import matched_ious as matched_ious
from adrjax.metrics._similarity import cosine_similarity as cosine_similarity
from adrjax.metrics._similarity import squared_distance as squared_distance
from adrjax.metrics._verification import (
    pca_verification_accuracy as pca_verification_accuracy,
)
from adrjax.metrics._verification import validation_rate as validation_rate
from adrjax.metrics._verification import verification_accuracy as verification_accuracy

_export(__name__)
